"""Which hashtags are unusual now, against what was expected of them: counts of Redis, days of the database."""
