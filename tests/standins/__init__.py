"""Stand-ins for the networks: real servers on loopback that speak their wire formats and fail by a script.

:mod:`tests.standins.script` has the steps of a script, which all stand-ins share. Each stand-in is a context manager
with a ``url``. It makes up posts, sends them as its script says, and records which it sent and which it withheld for
good. So a test can compare every count.
"""
