"""A recorded day as numbers of a story: its race by steps of minutes, and its hours."""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from contract.closed_day import HOURS, MINUTES
from contract.post import fold, is_usable
from contract.race import PLACES
from contract.ranking import RankedHashtag, highest_counts
from trendsite.queries.day_hours import DayHours
from trendsite.queries.minutes import known_hours
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.race_moments import holes
from trendsite.queries.races import Race, RaceFrame, RaceFrames, RaceMinutes, build_race
from trendsite.story.facts import DayNumbers, numbers_of

RECORDED_DAY = date(2021, 12, 30)


@dataclass
class RecordedDay:
    """The posts of a day: of each minute, and of each minute by hashtag."""

    minutes: list[int] = field(default_factory=lambda: [0] * MINUTES)
    by_minute: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    spellings: dict[str, str] = field(default_factory=dict)

    def add(self, minute: int, hashtags: list[str]) -> None:
        self.minutes[minute] += 1
        keys = {fold(hashtag): hashtag for hashtag in hashtags if is_usable(fold(hashtag))}
        self.by_minute[minute].update(keys.keys())
        self.spellings |= keys

    def race(self, step: int = 5) -> Race:
        """The race of the whole day with a frame each ``step`` minutes."""
        recorded = [minute for minute in range(step, MINUTES, step) if any(self.minutes[:minute])]
        minutes = RaceMinutes(self.minutes, [*recorded, MINUTES - 1])
        of_day = SourceDay("replay-covid", RECORDED_DAY)
        return build_race(of_day, "*", RaceFrames(self.spellings, list(self._frames(step))), minutes, final=True)

    def _frames(self, step: int) -> Iterator[RaceFrame]:
        so_far, posts = Counter[str](), 0
        for minute in range(MINUTES):
            if minute % step == 0 and posts:
                yield RaceFrame(f"{minute // 60:02}:{minute % 60:02}:00", posts, highest_counts(so_far.items(), PLACES))
            so_far.update(self.by_minute[minute])
            posts += self.minutes[minute]
        yield RaceFrame("23:59:59", posts, highest_counts(so_far.items(), PLACES))

    def numbers(self, step: int = 5) -> DayNumbers:
        """Everything that a story is made of, but for earlier days."""
        race = self.race(step)
        top = [
            RankedHashtag(rank, self.spellings[key], key, posts)
            for rank, (key, posts) in enumerate(race.frames[-1].top, start=1)
        ]
        numbers = numbers_of(top, race, holes([race]), is_final=True)
        return replace(numbers, hours=self.hours(list(numbers.paths)))

    def hours(self, keys: list[str]) -> DayHours:
        of_all = [sum(self.minutes[hour * 60 : hour * 60 + 60]) for hour in range(HOURS)]
        by_hour = [Counter[str]() for _ in range(HOURS)]
        for minute, counts in self.by_minute.items():
            by_hour[minute // 60].update(counts)
        of_hashtags = {key: known_hours([hour[key] for hour in by_hour], of_all) for key in keys}
        return DayHours(known_hours(of_all, of_all), of_hashtags)


@pytest.fixture(scope="module")
def covid_day(shared_data: Path) -> RecordedDay:
    """37,496 recorded posts of 30 December 2021, from 07:01 on."""
    day = RecordedDay()
    with gzip.open(shared_data / "covid_2021-12-30.ndjson.gz") as file:
        for line in file:
            post = msgspec.json.decode(line)
            at = datetime.fromisoformat(post["created_at"])
            if at.date() == RECORDED_DAY:
                day.add(at.hour * 60 + at.minute, post["hashtags"])
    return day
