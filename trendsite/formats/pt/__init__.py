"""Formats in Portuguese."""
