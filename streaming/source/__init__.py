"""Where posts come from: the collector's socket, or files of a backfill, as Spark data sources."""
