"""The people who log in: their passwords, their roles, and what each of them chose as the default of the board."""
