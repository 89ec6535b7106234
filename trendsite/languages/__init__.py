"""The tracked languages and their terms on X: stored in the database, edited here, announced to the collector."""
