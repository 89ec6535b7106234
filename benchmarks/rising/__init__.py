"""What the rule for rising hashtags catches, and what it reports without cause, beside the rule that it replaced."""
