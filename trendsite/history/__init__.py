"""Past days: closed days to storage and database, and from there to the admin."""
