"""Prepare the site before it is served: tables, static files, and the first admin."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection

from contract.environment import Environment
from launch.machine import CannotStartError
from trendsite.accounts.first_admin import make_first_admin
from trendsite.migrations_check import refusal, unknown_migrations

_LOCK = 0x7472656E64
"""The number of our lock in PostgreSQL."""


def prepare(has_site: bool = True) -> str | None:
    """Bring tables and static files up to date; return the random password of a first admin made now.

    Without the site on this machine (``has_site``) only the tables matter. Several machines may do this at once.

    Raises:
        SettingError: a setting of the site cannot be used.
        CannotStartError: the database does not answer, or a newer Trendsite has migrated it.
    """
    django.setup()
    try:
        with _only_one_machine():
            if unknown := unknown_migrations():
                raise CannotStartError(refusal(unknown))
            call_command("migrate", interactive=False, verbosity=0)
            # Sessions of people who never log out would stay forever.
            call_command("clearsessions")
            password = make_first_admin(Environment(os.environ).text("ADMIN_PASSWORD")) if has_site else None
    except DatabaseError as error:
        raise CannotStartError(f"the database is not usable: {str(error).splitlines()[0]}") from error
    if has_site:
        collect_static()
    return password


@contextmanager
def _only_one_machine() -> Iterator[None]:
    """Let other machines with the same PostgreSQL wait. A SQLite file is of one machine, which starts once."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        # The lock ends with the connection too, so a start that is killed holds up no other.
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def collect_static() -> None:
    """Collect and compress the static files if any changed since the last time."""
    stamp = Path(settings.DATA_DIR) / "static.collected"
    found = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == found and Path(settings.STATIC_ROOT).is_dir():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(found)


def _static_fingerprint() -> str:
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            file = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{file.st_size}\0{file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
