"""Records the race of each day (contract.race): a frame every five minutes of the stream's clock, read from Redis.

A frame goes to the day's file, then to Redis, where the site reads it. The file is the truth: this process writes the
whole file to Redis before its first frame, after a failure, and when Redis is rebuilt.

Batches do not depend on it. A failure is logged and counted, and the next five minutes bring the next frames.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
    pack_hours,
    race_file,
    read_frames,
)
from contract.ranking import Ranking
from streaming.sink.redis_view import CurrentDay, RedisView

log = logging.getLogger(__name__)

Latest = dict[str, list[Frame]]
"""The frames of the latest hour of each language that has any, oldest first."""


class RaceRecorder:
    """Records the races of one source. ``failures`` counts the frames that could not be recorded."""

    def __init__(self, view: RedisView, data_dir: Path, source: str) -> None:
        """Record what ``view`` has of ``source``."""
        self._view = view
        self._data_dir = data_dir
        self._source = source
        self._days: dict[date, _RecordedDay] = {}
        self.failures = 0

    def record(self, changed: Iterable[date], current: CurrentDay | None) -> None:
        """Record the days that a batch changed and whose next five minutes have begun by the clock."""
        if current is None or current.clock is None:
            return
        for day in changed:
            recorded = self._recorded(day)
            if recorded.enters_interval(current.clock):
                with self._counting_failures(recorded):
                    self._record(recorded, current.clock)

    def restore(self, days: Iterable[date]) -> None:
        """Write the files of some days to Redis."""
        for day in days:
            recorded = self._recorded(day)
            with self._counting_failures(recorded):
                self._restore(recorded)

    @contextmanager
    def _counting_failures(self, recorded: "_RecordedDay") -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError):
            recorded.latest = None
            self.failures += 1
            log.exception("the race of %s was not recorded", recorded.day)

    def _recorded(self, day: date) -> "_RecordedDay":
        if day not in self._days:
            # Posts come for the day being counted and those after it. Earlier days are over.
            self._days = {known: of for known, of in self._days.items() if known >= day - timedelta(days=1)}
            self._days[day] = _RecordedDay(day, race_file(self._data_dir, self._source, day))
        return self._days[day]

    def _record(self, recorded: "_RecordedDay", clock: datetime) -> None:
        latest = self._restore(recorded) if recorded.latest is None else recorded.latest
        posts = self._view.posts_by_language(recorded.day)
        # A query that catches up after a loss has fewer posts for a while: then no language is due.
        due = sorted(language for language, now in posts.items() if _is_due(latest.get(language), now, clock))
        if due:
            at = min(clock.replace(microsecond=0), end_of(recorded.day))
            rankings = self._view.top_of_day(recorded.day, due, PLACES)
            hours = recorded.append([_frame(ranking, at) for ranking in rankings])
            self._view.write_race(recorded.day, {language: pack_hours(frames) for language, frames in hours.items()})

    def _restore(self, recorded: "_RecordedDay") -> Latest:
        """Write the file of a day to Redis, one language at a time; return the frames of each one's latest hour."""
        latest = {}
        for language in latest_frames(recorded.path):
            frames = read_frames(recorded.path, language)
            self._view.write_race(recorded.day, {language: pack_hours(frames)})
            latest[language] = [frame for frame in frames if frame.at.hour == frames[-1].at.hour]
        recorded.latest = latest
        return latest


class _RecordedDay:
    """The race file of a day. ``latest`` is what it has, None until the file is read and Redis has all of it."""

    def __init__(self, day: date, path: Path) -> None:
        self.day = day
        self.path = path
        self.latest: Latest | None = None
        self._interval: datetime | None = None

    def enters_interval(self, clock: datetime) -> bool:
        """Return whether ``clock`` lies in another interval than at the last call, or is the first."""
        before, self._interval = self._interval, _interval(clock)
        return before != self._interval

    def append(self, frames: list[Frame]) -> Latest:
        """Append a frame of each of some languages; return all frames of its hour by language."""
        append_frames(self.path, frames)
        before = self.latest or {}
        hours = {frame.language: [*_of_hour(before.get(frame.language, []), frame), frame] for frame in frames}
        self.latest = before | hours
        return hours


def _of_hour(frames: list[Frame], frame: Frame) -> list[Frame]:
    """Return the frames that remain in the hour of a later one. One at the same moment is replaced."""
    return [before for before in frames if before.at.hour == frame.at.hour and before.at < frame.at]


def _is_due(latest: list[Frame] | None, posts: int, clock: datetime) -> bool:
    """Return whether a language has more posts than in its last frame, and that frame lies in an earlier interval."""
    return not latest or (posts > latest[-1].posts and _interval(clock) > _interval(latest[-1].at))


def _interval(clock: datetime) -> datetime:
    """Return the start of the five minutes that ``clock`` lies in."""
    return clock.replace(minute=clock.minute - clock.minute % FRAME_MINUTES, second=0, microsecond=0)


def _frame(ranking: Ranking, at: datetime) -> Frame:
    (language,) = ranking.languages
    return Frame(
        at, language, ranking.posts, [FramePlace(place.key, place.hashtag, place.posts) for place in ranking.top]
    )
