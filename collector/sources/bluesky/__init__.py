"""Bluesky: the live source, which reads Jetstream, and the translator of its events."""
