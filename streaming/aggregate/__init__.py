"""From posts to deltas, in Spark's tasks and on the driver."""
