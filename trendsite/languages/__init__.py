"""The tracked languages and their words on X: kept in the database, announced to the collector through Redis."""
