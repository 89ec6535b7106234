"""The collector: reads a network, keeps its posts in a spool, serves the spool on a TCP socket."""
