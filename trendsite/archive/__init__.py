"""The archive: closed days to storage and database, and the admin of past days."""
