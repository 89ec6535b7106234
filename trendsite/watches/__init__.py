"""Alerts of users: what they watch, what happened to it, and how they learn of it."""
