"""One run of the archive at a time in each database, on whatever machine it is.

The lock of DATA_DIR (trendsite.archive.pipeline.staging) stops a second run on the same machine, and with it every run
on the same SQLite file. PostgreSQL may have clients on several machines, so there the run also has an advisory lock.
Its owner is a session: the server frees the lock as soon as the session ends, also if the run is killed.
"""

import contextlib
from collections.abc import Callable, Iterator
from zlib import crc32

from django.db import Error as DatabaseError
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from trendsite.archive.pipeline.archive_errors import BusyError

_KEY = crc32(b"trendsite archive")

_NOTICE_DEAD_CLIENTS = "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
"""The server notices a machine that disappeared after 50 seconds, and frees its lock."""


@contextlib.contextmanager
def exclusive_database(wait: bool = False) -> Iterator[Callable[[], None]]:
    """Have the database for one run. Yield a function that raises django.db.Error if the lock has been lost since.

    ``wait`` waits until another run has ended.

    Raises:
        BusyError: another run has it.
        django.db.Error: the database is away.
    """
    if connection.vendor != "postgresql":
        yield lambda: None
        return
    # A connection of its own: Django replaces a failed one without notice, and that would lose the lock.
    session = connection.copy()
    try:
        _lock(session, wait)
        try:
            yield lambda: _probe(session)
        finally:
            _unlock(session)
    finally:
        session.close()


def _lock(session: BaseDatabaseWrapper, wait: bool) -> None:
    with session.cursor() as cursor:
        cursor.execute(_NOTICE_DEAD_CLIENTS)
        if wait:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_KEY])
            return
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])
        if not cursor.fetchone()[0]:
            raise BusyError("an archive on another machine is at work in this database: try again when it is done")


def _unlock(session: BaseDatabaseWrapper) -> None:
    """Free the lock now. The end of the session frees it too, but the server may take a moment to notice that."""
    with contextlib.suppress(DatabaseError), session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_KEY])


def _probe(session: BaseDatabaseWrapper) -> None:
    with session.cursor() as cursor:
        cursor.execute("SELECT 1")
