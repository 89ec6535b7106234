"""Many viewers: what one process needs to show them each ranking, against other ways to do the same."""
