"""Users: logging in, passwords, roles, and the view with which the board opens for each of them."""

FIRST_ADMIN = "admin"
"""The user that the first start creates."""
