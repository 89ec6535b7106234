"""Counting on a standalone Spark cluster on this machine: master and workers, each like a machine of its own."""
