"""The collector: reads a network, writes its posts to a log, and serves the log on a TCP socket."""
