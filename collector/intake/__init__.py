"""From a source's posts to the log: event time, filters, and the thread that commits."""
