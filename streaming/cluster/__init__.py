"""Spark on other machines: what executors are sent, and the settings away from ``local``."""
