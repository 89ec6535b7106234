"""The statuses of collector, streaming and archive, and the languages that the site lets the collector track.

They are under the keys of :mod:`contract.redis_names`. Each process refreshes its own every second.
"""

from bisect import bisect_left
from datetime import date, datetime
from typing import Literal

import msgspec

from contract.gap import Gap


class BudgetStatus(msgspec.Struct, omit_defaults=True):
    """The posts that a network which charges them has sent: in this UTC ``month``, of its ``limit``, and ``today``.

    At the limit nothing is received, ``paused_until`` (UTC). ``project_used`` and ``project_cap`` are the network's own
    count for the project of our app, with other programs on it; None if the network does not report it or has no cap.
    """

    limit: int
    month: int
    today: int
    dollars_per_post: float
    paused_until: datetime | None = None
    project_used: int | None = None
    project_cap: int | None = None


class CollectorStatus(msgspec.Struct):
    """The collector's status.

    ``source`` is the stream's name, ``kind`` the setting SOURCE. ``state`` with ``detail`` describes the connection to
    the network; ``since`` is when ``state`` began. ``posts`` and ``tagged`` (with a hashtag) count since the stream
    began, as does ``dropped``, by reason. The rates are posts per second over about the last five seconds. ``clock`` is
    the stream's own event time. ``clock_problem`` explains how a live stream's clock differs from the machine's, and
    what to do; it is empty if they agree. ``gaps`` are the times of open days of which the source knows that posts are
    missing, in order. ``budget`` is None for a network that is free.
    """

    source: str
    kind: str
    state: Literal["connected", "connecting", "ended", "blocked"]
    detail: str
    posts: int
    tagged: int
    posts_per_second: float
    tagged_per_second: float
    dropped: dict[str, int]
    clock: datetime | None
    end_offset: int
    spool_bytes: int
    updated_at: datetime
    since: datetime | None = None
    clock_problem: str = ""
    gaps: list[Gap] = []
    budget: BudgetStatus | None = None


BATCH_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""The longest duration in each class of BatchTimes but the last, which has all batches that took longer."""


class BatchTimes(msgspec.Struct):
    """The durations of batches: their sum, and how many are in each class (BATCH_SECONDS)."""

    seconds: float = 0.0
    batches: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BATCH_SECONDS) + 1))

    def add(self, seconds: float) -> None:
        """Count one more batch."""
        self.seconds = round(self.seconds + seconds, 6)
        self.batches[bisect_left(BATCH_SECONDS, seconds)] += 1


class StreamingStatus(msgspec.Struct):
    """Streaming's status: the day that it counts, and the offset up to which everything is in Redis.

    ``race_failures`` is the number of times that the race of a day could not be recorded. ``advanced_at`` is when
    counting last moved on or had nothing left to count, ``caught_up_at`` when it was last nearly up to date.
    ``problem`` is why this source is not counted although others may be, empty if it is. ``batch_times`` are those of
    all batches since counting started.
    """

    source: str
    day: date | None
    counted_offset: int
    behind_bytes: int
    batch: int
    batch_seconds: float
    rebuilds: int
    updated_at: datetime
    race_failures: int = 0
    advanced_at: datetime | None = None
    caught_up_at: datetime | None = None
    problem: str = ""
    batch_times: BatchTimes = msgspec.field(default_factory=BatchTimes)


class ArchiveStatus(msgspec.Struct):
    """The archive's status.

    ``last_success`` is when a day was last archived, None if none ever was. ``waiting_days`` is the number of closed
    days that are not archived, None while unknown. ``last_error`` is the public reason why the last run failed, empty
    if it succeeded; runs have failed since ``failing_since``. The next report comes by ``due_at``.
    """

    last_success: datetime | None
    waiting_days: int | None
    last_error: str
    failing_since: datetime | None
    updated_at: datetime
    due_at: datetime


class TrackedLanguages(msgspec.Struct, omit_defaults=True):
    """The languages that are collected; None means every language.

    ``x_terms`` are the words of languages for which editors chose others than those of :mod:`contract.x_rule`,
    ``x_countries`` the countries of languages that editors restricted to some (:mod:`contract.x_rule`).
    """

    languages: list[str] | None
    x_terms: dict[str, list[str]] = {}
    x_countries: dict[str, list[str]] = {}
