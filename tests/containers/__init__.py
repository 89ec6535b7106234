"""Trendsite in real containers."""
