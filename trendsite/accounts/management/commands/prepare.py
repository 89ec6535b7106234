"""manage.py prepare: what must be done before the site is served. Containers run it at each start.

``make run`` does the same in launch/site.py, where the database is on the same machine.
"""

import os
import random
import time
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection

from contract.backoff import Backoff
from contract.environment import Environment
from trendsite.accounts import FIRST_ADMIN
from trendsite.accounts.first_admin import make_first_admin

ATTEMPTS = 20
"""With pauses of up to 5 seconds: a database that starts at the same moment is ready much sooner."""

BACKOFF = Backoff(first=0.5, longest=5.0)


class Command(BaseCommand):
    """Connects the preparation to the database, the clock and the terminal."""

    help = "Wait for the database, migrate it, remove expired sessions, and create the first admin."
    requires_system_checks = ()

    def handle(self, *_arguments: object, **options: Any) -> None:  # noqa: ANN401 - Django's own options
        """Prepare; each step finds out whether it has been done already."""
        try:
            wait_for_database(connection.ensure_connection, lambda failures: BACKOFF.delay(failures, random.random()))  # noqa: S311 - jitter
            call_command("migrate", interactive=False, verbosity=options["verbosity"])
            call_command("clearsessions")
            password = make_first_admin(Environment(os.environ).text("ADMIN_PASSWORD"))
        except DatabaseError as error:
            raise CommandError(f"the database is not usable: {str(error).splitlines()[0]}") from error
        if password:
            self.stdout.write(f"The first admin was created. Log in as {FIRST_ADMIN} with the password {password}")


def wait_for_database(
    connect: Callable[[], None], delay: Callable[[int], float], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return once ``connect`` succeeds. ``delay`` returns the pause after a number of failures, in seconds.

    Raises:
        OperationalError: the last of ATTEMPTS failed.
    """
    failures = 0
    while True:
        try:
            connect()
        except OperationalError:
            failures += 1
            if failures == ATTEMPTS:
                raise
            sleep(delay(failures))
        else:
            return
