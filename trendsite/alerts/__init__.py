"""Alerts: asks the site what is wrong, and sends the operator a mail or calls a webhook when that changes."""
