"""Merges what is unusual in each language of each source: a hashtag is shown where it is most unusual."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from trendsite.trending.baseline import SourceLanguage
from trendsite.trending.scoring import Spike, peaks


class RisingHashtag(NamedTuple):
    """A hashtag's highest spike, and the source and language of that spike.

    It ``is_fading`` once it has no spike in the last hour, in any source and language of the search. ``together`` are
    the keys of hashtags that are used together with it.
    """

    scope: SourceLanguage
    peak: Spike
    is_fading: bool
    together: tuple[str, ...] = ()


@dataclass(frozen=True)
class RisingHashtags:
    """Rising and fading hashtags, highest score first.

    They were compared with this hour of ``days`` earlier days and with ``hours`` hours before it: the most of any
    language. ``has_begun`` is true when this hour has posts.
    """

    hashtags: list[RisingHashtag]
    days: int
    hours: int
    has_begun: bool


@dataclass(frozen=True)
class LanguageMoment:
    """One language at one moment: the starts of its hours, newest first, and all posts of each hour.

    ``clock`` is the stream's time, ``now`` the processing time, both UTC.
    """

    scope: SourceLanguage
    starts: Sequence[datetime]
    posts: list[int]
    clock: datetime
    now: datetime


@dataclass
class Merge:
    """The spikes of several sources and languages, each hashtag in the one where it is highest."""

    clock: datetime
    best: dict[str, tuple[SourceLanguage, Spike]] = field(default_factory=dict)
    rising: set[str] = field(default_factory=set)
    days: int = 0
    hours: int = 0
    has_begun: bool = False

    def add(self, moment: LanguageMoment, latest: Sequence[Spike], earlier: Sequence[Spike], days: int) -> None:
        """Add one language: its spikes of the last hour and of earlier hours, and its number of earlier days."""
        self.rising |= {spike.key for spike in latest}
        for key, peak in peaks([*latest, *earlier], self.clock).items():
            if key not in self.best or peak.score_at(self.clock) > self.best[key][1].score_at(self.clock):
                self.best[key] = moment.scope, peak
        self.has_begun = self.has_begun or moment.posts[0] > 0
        self.hours = max(self.hours, sum(posts > 0 for posts in moment.posts[1:]))
        self.days = max(self.days, days)

    def result(self) -> RisingHashtags:
        """Return the hashtags, highest score first, equal ones by key."""
        hashtags = [RisingHashtag(scope, peak, key not in self.rising) for key, (scope, peak) in self.best.items()]
        hashtags.sort(key=lambda hashtag: (-hashtag.peak.score_at(self.clock), hashtag.peak.key))
        return RisingHashtags(hashtags, self.days, self.hours, self.has_begun)
