"""The read model: every read from Redis, the database and files that pages, API and sockets share. It never writes."""
