"""The tracked languages: chosen on a page behind log-in, announced to the collector through Redis."""
