"""The site: Redis to browser, closed days to storage and admin."""
