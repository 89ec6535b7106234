"""Records the race of each day (contract.race): after a batch is in Redis, every five minutes of the stream's clock.

Like Redis it is a view of the counts, only one that stays, and it must not hold them up: what goes wrong
here is logged and counted, and the next five minutes bring the next frames.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import redis

from contract.race import (
    FRAME_MINUTES,
    PLACES,
    Frame,
    FramePlace,
    append_frames,
    end_of,
    latest_frames,
    race_file,
)
from streaming.redis_view import RedisView, Shown
from streaming.standings import Standing

log = logging.getLogger(__name__)


class RaceRecorder:
    """Appends to the files of one source's days. ``failures`` counts how often it could not."""

    def __init__(self, view: RedisView, data_dir: Path, source: str) -> None:
        """Record what ``view`` holds of ``source``."""
        self._view = view
        self._data_dir = data_dir
        self._source = source
        self._days: dict[date, _RecordedDay] = {}
        self.failures = 0

    def record(self, changed: Iterable[date], shown: Shown | None) -> None:
        """Record the days that a batch changed, if the clock has passed the next five minutes of theirs."""
        if shown is None or shown.clock is None:
            return
        for day in changed:
            recorded = self._recorded(day)
            if recorded.passes_mark(shown.clock):
                try:
                    self._record(recorded, shown.clock)
                except (redis.RedisError, OSError):
                    self.failures += 1
                    log.exception("the race of %s was not recorded at %s", day, shown.clock)

    def _recorded(self, day: date) -> "_RecordedDay":
        if day not in self._days:
            # Posts come for the day that is counted and those after it: what is older is over.
            self._days = {known: of for known, of in self._days.items() if known >= day - timedelta(days=1)}
            self._days[day] = _RecordedDay(day, race_file(self._data_dir, self._source, day))
        return self._days[day]

    def _record(self, recorded: "_RecordedDay", clock: datetime) -> None:
        languages = recorded.languages_due(self._view.posts_by_language(recorded.day), clock)
        if languages:
            at = min(clock.replace(microsecond=0), end_of(recorded.day))
            standings = self._view.day_standings(recorded.day, languages, PLACES)
            recorded.append([_frame(standing, at) for standing in standings])


class _RecordedDay:
    """A day's file, and the last frame of each language in it."""

    def __init__(self, day: date, path: Path) -> None:
        self.day = day
        self._path = path
        self._mark: datetime | None = None
        self._latest: dict[str, Frame] | None = None

    def passes_mark(self, clock: datetime) -> bool:
        """Return whether ``clock`` lies in other five minutes than the last time, or is the first; remember it."""
        before, self._mark = self._mark, _mark(clock)
        return before != self._mark

    def languages_due(self, posts: dict[str, int], clock: datetime) -> list[str]:
        """Return the languages to record: those that have more posts than in their last frame, some minutes ago.

        A query that catches up after a loss has fewer for a while: then nothing is due.
        """
        if self._latest is None:
            self._latest = latest_frames(self._path)
        return sorted(language for language, now in posts.items() if _is_due(self._latest.get(language), now, clock))

    def append(self, frames: list[Frame]) -> None:
        append_frames(self._path, frames)
        self._latest = (self._latest or {}) | {frame.language: frame for frame in frames}


def _is_due(latest: Frame | None, posts: int, clock: datetime) -> bool:
    return latest is None or (posts > latest.posts and _mark(clock) > _mark(latest.at))


def _mark(clock: datetime) -> datetime:
    """Return the beginning of the five minutes that ``clock`` lies in."""
    return clock.replace(minute=clock.minute - clock.minute % FRAME_MINUTES, second=0, microsecond=0)


def _frame(standing: Standing, at: datetime) -> Frame:
    top = [FramePlace(place.key, place.hashtag, place.posts) for place in standing.top]
    return Frame(at, standing.language, standing.posts, top)
