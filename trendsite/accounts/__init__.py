"""Users: logging in, passwords, roles, and the view with which the board opens for each of them."""
