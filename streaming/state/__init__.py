"""The counts of the open days. A batch becomes durable in ``store.CountsStore.flush``: one SQLite transaction."""
