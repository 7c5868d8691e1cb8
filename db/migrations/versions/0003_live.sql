-- The live door: what the portal's watcher may ask.
SELECT 1;
