"""The running jobs: counting live, the thread that owns the counts, and backfill."""
