"""Which tables the nightly copy has, and which it leaves out, with the reason. A test compares both with all tables."""

from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db.models import Model

from trendsite.accounts.models import OwnBoard
from trendsite.languages.models import Change, Language
from trendsite.moderation.models import AllowedHashtag, HiddenHashtag
from trendsite.watches.models import Preferences, Receiver, Watch


@dataclass(frozen=True)
class Table:
    """A table of the copy.

    Rows with equal ``key`` fields are the same row. ``left_out`` are fields that mean nothing in another database.
    ``newest`` bounds the rows, None where the site bounds them.
    """

    model: type[Model]
    key: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    newest: int | None = None

    @property
    def label(self) -> str:
        """The name of the table in the copy."""
        return self.model._meta.label_lower

    def counted(self, rows: int) -> str:
        """Return a number of rows with what they are, for people to read."""
        names = self.model._meta
        return f"{rows:,} {names.verbose_name if rows == 1 else names.verbose_name_plural}"


TABLES = (
    Table(Group, key=("name",)),
    Table(User, key=("username",)),
    Table(OwnBoard, key=("user",)),
    Table(Language, key=("code",)),
    Table(Change, key=("made_at", "made_by", "what")),
    Table(HiddenHashtag, key=("key", "kind", "language")),
    Table(AllowedHashtag, key=("key",)),
    Table(Preferences, key=("user",)),
    Table(Receiver, key=("uid",), left_out=("failures", "retry_at")),
    # A restored watch begins anew: what holds at its first look is no alert.
    Table(Watch, key=("uid",), left_out=("started_at",)),
    Table(
        LogEntry,
        key=("action_time", "user", "action_flag", "object_repr", "change_message"),
        left_out=("object_id",),
        newest=10_000,
    ),
)
"""In the order of a restore: rows come after those that they refer to."""

LEFT_OUT = {
    "auth.permission": "each start makes them",
    "contenttypes.contenttype": "each start makes them",
    "sessions.session": "people log in again",
    "accounts.invitation": "a restored one could be used twice",
    "hidden.seenhashtags": "editors see leading hashtags once more",
    "axes.accessattempt": "failed log-ins of 15 minutes",
    "axes.accessattemptexpiration": "failed log-ins of 15 minutes",
    "axes.accessfailurelog": "not used",
    "axes.accesslog": "not used",
    "history.day": "restored from the archived day",
    "history.daylanguage": "restored from the archived day",
    "history.daycount": "restored from the archived day",
    "history.dayrace": "restored from the archived day",
    "watches.watch_receivers": "in the watches",
    "watches.episode": "what holds now, found again",
    "watches.alert": "what was sent in the last days",
    "watches.delivery": "what was sent in the last days",
    "history.daypartners": "restored from the archived day",
    "history.archivetask": "work that was requested, not data",
}
