"""The read API and the health check: JSON for other programs."""
