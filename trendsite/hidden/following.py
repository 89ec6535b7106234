"""Keeps what this process hides as the database has it: one thread, which asks when told to and twice a second."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import Error, close_old_connections

from trendsite.hidden.models import MAX_HIDDEN, HiddenHashtag
from trendsite.live.hidden_now import HiddenNow
from trendsite.live.hiding import Rule, in_force

LOOK_SECONDS = 0.5
"""Between two looks at the database: how long a change may take to be heard of while Redis is away."""

PATIENCE_SECONDS = 3.0
"""How long a start waits for the first look: with a database that hangs, the board is served all the same."""

log = logging.getLogger(__name__)


def read_rules() -> list[Rule]:
    """Return what the database says is hidden.

    Raises:
        Error: the database is away or not migrated.
    """
    return [row.rule for row in HiddenHashtag.objects.only("key", "kind", "language", "until")[:MAX_HIDDEN]]


class Following:
    """What the database last said, and what follows from it now."""

    def __init__(
        self,
        hidden: HiddenNow,
        read: Callable[[], list[Rule]] = read_rules,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keep ``hidden`` as ``read`` says, which may raise Django's Error."""
        self._hidden = hidden
        self._read = read
        self._now = now
        self._rules: list[Rule] = []
        self._is_away = False
        self._looked = threading.Event()

    def start(self) -> None:
        """Follow in the background for as long as the process lives; return once it is known what is hidden."""
        threading.Thread(target=self._run, name="hidden-hashtags", daemon=True).start()
        if not self._looked.wait(PATIENCE_SECONDS):
            log.warning("The database does not say yet what is hidden: until then nothing is")

    def look(self) -> None:
        """Hide what the database says and time has not passed by; without a database, what it last said."""
        try:
            self._rules = self._read()
            self._is_away = False
        except Error as error:
            if not self._is_away:
                log.warning("What is hidden stays as it is: the database is away: %s", error)
            self._is_away = True
        self._hidden.replace(in_force(self._rules, self._now()))
        self._looked.set()

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # whatever happened, the next look may be better
                log.exception("What is hidden stays as it is")
            close_old_connections()
            self._hidden.may_have_changed.wait(LOOK_SECONDS)
            self._hidden.may_have_changed.clear()
