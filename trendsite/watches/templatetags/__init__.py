"""Template tags of the users' alerts."""
