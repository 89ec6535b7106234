"""Streaming: collector's socket to Spark to Redis, one query, and counts in a store of its own."""
