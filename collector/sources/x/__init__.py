"""X's filtered stream: the connection, the rules, the budget, and the translator of its posts."""
