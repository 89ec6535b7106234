"""Streaming: collector's socket to Spark to Redis, one query and checkpoint per day."""
