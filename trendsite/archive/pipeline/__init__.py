"""A closed day -> storage -> database, once or again, and the process that waits for the next."""
