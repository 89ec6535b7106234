"""The hashtags of a simulated post: those of its language, of its moment, and of campaigns. The same for the same seed.

The popularity of ordinary hashtags follows Zipf's law. Beside them come habits of the time of day and of the week, the
event of the day, a burst of minutes, and campaigns of hashtags that always occur together.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from collector.sources.simulator.lexicon import DAYS_OF_WEEK, Lexicon
from collector.sources.simulator.other_words import EMOJI

VOCABULARY = 20_000
"""The number of popularity ranks. Several ranks may share a hashtag."""

_BURST_MINUTES = 20
_BURST_CHANCE = 0.15
_BURST_SHARE = 0.3
_CAMPAIGN_MINUTES = 180
_CAMPAIGN_CHANCE = 0.35
_CAMPAIGN_SHARE = 0.12
_CAMPAIGN_HASHTAGS = 3
_EVENT_CHANCE = 0.7
_EVENT_SHARE = 0.1
_HABIT_SHARE = 0.04
_EMOJI_SHARE = 0.015
_NUMBERED_SHARE = 0.08

_CACHED = 4_096
_HOUR = 60
_DAY = 24 * _HOUR
_FIRST_WEEKDAY = 3
"""1970 began on a Thursday."""

_HOW_MANY = (1,) * 60 + (2,) * 25 + (3,) * 10 + (4,) * 5

Spellings = tuple[str, str, str]
"""A hashtag in its usual spellings: words capitalised, as in the lexicon, in capitals."""


def seeded_random(*seed: object) -> Random:
    """Return a random generator that always yields the same numbers for the same seed."""
    return Random(" ".join(map(str, seed)))  # noqa: S311 - invented posts have no secret


@dataclass(frozen=True)
class _Moment:
    """What is special in one minute: hashtags with their shares, and hashtags that come together."""

    special: tuple[tuple[float, Spellings], ...]
    campaign: tuple[Spellings, ...]
    campaign_share: float


class Hashtags:
    """The hashtags of one simulated language."""

    def __init__(self, seed: int, code: str, lexicon: Lexicon, utc_hours: float) -> None:
        """Simulate a language whose speakers live ``utc_hours`` ahead of UTC."""
        self._seed = seed
        self._code = code
        self._lexicon = lexicon
        self._ahead = round(utc_hours * _HOUR)
        everyday = list(lexicon.everyday)
        seeded_random(seed, "everyday", code).shuffle(everyday)
        self._everyday = everyday
        self._ordinary = lru_cache(maxsize=_CACHED)(self._of_rank)
        self._moment = lru_cache(maxsize=64)(self._of_minute)

    def of_post(self, rng: Random, minute: int) -> list[str]:
        """Return the hashtags of a tagged post as written, in the ``minute`` since 1970."""
        moment = self._moment(minute)
        if moment.campaign and rng.random() < moment.campaign_share:
            return [_written(rng, spellings) for spellings in moment.campaign]
        number = _HOW_MANY[int(len(_HOW_MANY) * rng.random())]
        return [self._one(rng, moment) for _ in range(number)]

    def _one(self, rng: Random, moment: _Moment) -> str:
        choice = rng.random()
        for share, spellings in moment.special:
            if choice < share:
                return _written(rng, spellings)
            choice -= share
        # A uniform logarithm gives the hashtag of rank r a share of about 1/r.
        return _written(rng, self._ordinary(int(VOCABULARY ** rng.random())))

    def _of_rank(self, rank: int) -> Spellings:
        """Return the ordinary hashtag of a rank, from 1. Everyday hashtags lead."""
        if rank <= len(self._everyday):
            return self._spellings(self._everyday[rank - 1])
        lexicon, rng = self._lexicon, seeded_random(self._seed, "hashtag", self._code, rank)
        shape = rng.random()
        if shape < 0.3:
            text = self._at(rng.choice(lexicon.places), rng.choice(lexicon.events))
        else:
            text = self._compound(rng)
            if shape > 0.55:
                text = f"{text} {rng.choice(lexicon.places)}"
        return self._spellings(f"{text} {rng.randrange(2, 30)}" if rng.random() < _NUMBERED_SHARE else text)

    def _compound(self, rng: Random) -> str:
        lexicon = self._lexicon
        return f"{rng.choice(lexicon.first)}{'' if lexicon.is_glued else ' '}{rng.choice(lexicon.second)}"

    def _at(self, place: str, event: str) -> str:
        return f"{place} {event}" if self._lexicon.place_first else f"{event} {place}"

    def _event(self, rng: Random) -> Spellings:
        return self._spellings(self._at(rng.choice(self._lexicon.places), rng.choice(self._lexicon.events)))

    def _spellings(self, text: str) -> Spellings:
        words = text.split(" ")
        joint = self._lexicon.joint
        plain = joint.join(words)
        return joint.join(word[:1].upper() + word[1:] for word in words), plain, plain.upper()

    def _of_minute(self, minute: int) -> _Moment:
        local = minute + self._ahead
        special = [*self._habit(local), *self._event_of_day(local // _DAY), *self._burst(minute), *self._emoji(local)]
        slot, within = divmod(minute, _CAMPAIGN_MINUTES)
        rng = seeded_random(self._seed, "campaign", self._code, slot)
        if rng.random() > _CAMPAIGN_CHANCE:
            return _Moment(tuple(special), (), 0.0)
        together = (self._event(rng), *(self._spellings(self._compound(rng)) for _ in range(_CAMPAIGN_HASHTAGS - 1)))
        return _Moment(tuple(special), together, _CAMPAIGN_SHARE * math.sin(math.pi * within / _CAMPAIGN_MINUTES))

    def _habit(self, local: int) -> Iterator[tuple[float, Spellings]]:
        day, minute = divmod(local, _DAY)
        hour = minute // _HOUR
        if 5 <= hour < 9:
            yield _HABIT_SHARE, self._spellings(self._lexicon.morning)
        elif hour < 1 or hour >= 22:
            yield _HABIT_SHARE, self._spellings(self._lexicon.night)
        elif hour >= 9:
            yield _HABIT_SHARE, self._spellings(self._lexicon.weekdays[(day + _FIRST_WEEKDAY) % DAYS_OF_WEEK])

    def _event_of_day(self, day: int) -> Iterator[tuple[float, Spellings]]:
        rng = seeded_random(self._seed, "event", self._code, day)
        if rng.random() < _EVENT_CHANCE:
            yield _EVENT_SHARE, self._event(rng)

    def _burst(self, minute: int) -> Iterator[tuple[float, Spellings]]:
        """Yield the hashtag with a burst, if any. Half of them are new."""
        slot, within = divmod(minute, _BURST_MINUTES)
        rng = seeded_random(self._seed, "burst", self._code, slot)
        if rng.random() <= _BURST_CHANCE:
            spellings = self._event(rng) if rng.random() < 0.5 else self._ordinary(rng.randrange(20, 2_000))
            yield _BURST_SHARE * math.sin(math.pi * within / _BURST_MINUTES), spellings

    def _emoji(self, local: int) -> Iterator[tuple[float, Spellings]]:
        emoji = seeded_random(self._seed, "emoji", self._code, local // _HOUR).choice(EMOJI)
        yield _EMOJI_SHARE, (emoji, emoji, emoji)


def _written(rng: Random, spellings: Spellings) -> str:
    choice = rng.random()
    return spellings[0] if choice < 0.65 else spellings[1] if choice < 0.9 else spellings[2]
