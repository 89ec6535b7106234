"""Counts -> Redis: absolute counts, and each changed ranking published.

Redis is only a view: a mark of what was written last tells whether it lost anything, and if so it is filled again
from the store.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime

from contract.ranking import RankedHashtag, Ranking, few_authors
from streaming.batch import DayLanguage
from streaming.changes import DayChange, day_changes
from streaming.counts_file import Position
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import Changed
from streaming.largest import largest_changes
from streaming.redis_view import FILLING, RedisView, Shown
from streaming.standings import Standing

log = logging.getLogger(__name__)


def next_ranking(standing: Standing, as_of: datetime) -> Ranking:
    """Return the ranking that follows the one before it in one language."""
    ranks = {place.key: place.rank for place in standing.previous.top} if standing.previous else {}
    top = [
        RankedHashtag(
            rank,
            place.hashtag,
            place.key,
            place.posts,
            authors=place.authors,
            previous_rank=ranks.get(place.key),
            is_new=place.key not in ranks,
            few_authors=few_authors(place.posts, place.authors),
        )
        for rank, place in enumerate(standing.top, 1)
    ]
    return Ranking(
        standing.day, [standing.language], standing.window, as_of, final=False, posts=standing.posts, top=top
    )


def is_changed(previous: Ranking | None, ranking: Ranking) -> bool:
    """Return whether a viewer would see a difference."""
    if previous is None or previous.posts != ranking.posts:
        return True
    return [(p.key, p.hashtag, p.posts, p.authors) for p in previous.top] != [
        (p.key, p.hashtag, p.posts, p.authors) for p in ranking.top
    ]


class RankingSink:
    """Keeps Redis up with a store. For one thread."""

    def __init__(
        self,
        view: RedisView,
        snapshot: Callable[[], Snapshot],
        now: Callable[[], datetime],
        record_race: Callable[[list[date], Shown | None], None],
    ) -> None:
        """Write into ``view``, look at the store by ``snapshot``, and let ``record_race`` know which days changed."""
        self._view = view
        self._snapshot = snapshot
        self._now = now
        self._record_race = record_race
        self.rebuilds = 0

    def write(self, changed: Mapping[DayLanguage, Changed], before: Position, after: Position) -> bool:
        """Write what a batch changed that brought the store from one position to another.

        Return False where Redis has lost something: then it must be filled.
        """
        return self._write(list(day_changes(changed, after.clock)), after.offset, before.offset)

    def is_lost(self, position: Position) -> bool:
        """Return whether Redis does not hold everything up to ``position``."""
        marker = self._view.marker()
        return marker is None or marker < position.offset

    def fill(self) -> None:
        """Write all that Redis keeps of the store's file, from the beginning again if it is lost meanwhile."""
        with self._snapshot() as snapshot:
            if snapshot.days():
                log.warning("Redis does not hold what is counted: it is filled again")
                self.rebuilds += 1
        while not self._filled():
            log.warning("Redis lost something while it was filled: once more")

    def _filled(self) -> bool:
        self._view.begin_filling()
        with self._snapshot() as snapshot:
            position = snapshot.position
            return position is None or (
                all(self._write([change], FILLING, FILLING) for change in largest_changes(snapshot))
                and self._write(_clocked(snapshot, position), position.offset, FILLING)
            )

    def _write(self, changes: list[DayChange], mark: int, least: int) -> bool:
        """Write and publish, and return True; False where no mark of ``least`` or more stands in Redis."""
        written = self._view.write(changes, mark, least)
        if written is None:
            return False
        as_of = self._now()
        rankings = [(standing.previous, next_ranking(standing, as_of)) for standing in written.standings]
        changed = [ranking for previous, ranking in rankings if is_changed(previous, ranking)]
        self._view.publish(changed, written.shown)
        self._record_race([change.day for change in changes], written.shown)
        return True


def _clocked(snapshot: Snapshot, position: Position) -> list[DayChange]:
    """Return a change of nothing but the clock, which the last day shows."""
    return [DayChange(day, position.clock, []) for day in snapshot.days()[-1:]]
