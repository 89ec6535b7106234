"""From changed counts to Redis: updates, commands, rankings and races."""
