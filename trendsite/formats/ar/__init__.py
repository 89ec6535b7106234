"""Formats in Arabic."""
