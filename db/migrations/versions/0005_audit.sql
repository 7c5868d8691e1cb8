-- Sessions for an administrator, and the audit log on screen.
SELECT 1;
