"""Streaming: the collector's socket -> Spark -> counts of its own -> Redis, and closed days for the archive."""
