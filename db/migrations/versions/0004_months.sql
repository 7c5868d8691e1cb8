-- What changed in which month, so that the others need not be read again.
SELECT 1;
