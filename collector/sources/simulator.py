"""The source that needs nothing: invented posts that look like a network's, paced by the clock."""

import math
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from collector.hashtags import normalise
from collector.sources.simulated_hashtags import LANGUAGES, SimulatedLanguage, dice, spelling
from collector.sources.source import TICK_SECONDS, Batch, Cursor, SourceState
from contract.post import Post

_TICKS_PER_SECOND = round(1 / TICK_SECONDS)
_LONGEST_CATCH_UP = 2 * _TICKS_PER_SECOND
_LONGEST_WAIT = 60 * _TICKS_PER_SECOND
_TAGGED_SHARE = 0.2
_AUTHORS_PER_LANGUAGE = 1_000_000


def posts_of_tick(seed: int, posts_per_second: float, tick: int) -> list[Post]:
    """Return the posts of one twentieth of a second, the ``tick``-th since 1970: always the same ones."""
    rng = dice(seed, "posts", tick)
    moment = datetime.fromtimestamp(tick / _TICKS_PER_SECOND, UTC)
    weights = [language.weight * _activity(language, moment) for language in LANGUAGES]
    expected = posts_per_second / _TICKS_PER_SECOND * sum(weights) / sum(language.weight for language in LANGUAGES)
    number = int(expected + rng.random())
    spoken = rng.choices(LANGUAGES, weights, k=number)
    step = timedelta(seconds=TICK_SECONDS) / max(1, number)
    return [_post(rng, seed, language, f"sim:{tick:x}-{i}", moment + i * step) for i, language in enumerate(spoken)]


def _activity(language: SimulatedLanguage, moment: datetime) -> float:
    """Return how awake a language's speakers are: 1 on average, least at 3, most at 15 local time."""
    local_hour = moment.hour + moment.minute / 60 + language.utc_hours
    return 1 - 0.7 * math.cos((local_hour - 3) / 24 * 2 * math.pi)


def _post(rng: Random, seed: int, language: SimulatedLanguage, post_id: str, moment: datetime) -> Post:
    author = _author(rng, language)
    if rng.random() >= _TAGGED_SHARE:
        return Post(post_id, moment, language.code, [], [], author)
    minute = int(moment.timestamp()) // 60
    number = rng.choices((1, 2, 3, 4), (60, 25, 10, 5))[0]
    keys, spellings = normalise(spelling(rng, seed, language, minute) for _ in range(number))
    return Post(post_id, moment, language.code, keys, spellings, author)


def _author(rng: Random, language: SimulatedLanguage) -> str:
    """Return someone who speaks the language, of the length of a hash: there is no account to hide."""
    # Squared, chance falls on the first ones most: the very first write a thousandth of all posts.
    return f"{language.code}{int(_AUTHORS_PER_LANGUAGE * rng.random() ** 2):014x}"


class SimulatorSource:
    """Yields each tick's posts when it is over. Its cursor holds the last tick, so no post comes twice."""

    name = "simulator"
    kind = "simulator"
    repeats = False

    def __init__(
        self, seed: int, posts_per_second: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Simulate about ``posts_per_second``, at the times that ``now`` gives."""
        self._seed = seed
        self._posts_per_second = posts_per_second
        self._now = now
        self._ahead = 0

    @property
    def state(self) -> SourceState:
        """Always connected."""
        return SourceState("connected", f"simulated, about {self._posts_per_second:g} posts/s")

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[Batch]:
        """Yield what happens from now on; what would have happened during an outage is not made up."""
        done = cursor["tick"] if cursor else 0
        while not stop.wait(TICK_SECONDS):
            now = self._now()
            last = self._last_tick(now, done)
            first = max(done + 1, last - _LONGEST_CATCH_UP)
            posts = []
            for tick in range(first, last + 1):
                posts += posts_of_tick(self._seed, self._posts_per_second, tick)
            done = max(done, last)
            yield Batch(posts, {"tick": done}, now=now)

    def _last_tick(self, now: datetime, done: int) -> int:
        """Return the last tick that is over at ``now``.

        A clock set back by more than a minute is taken to run on from where it was, until it is
        right again: waiting for it could take hours, and a tick simulated twice gives no new posts.
        """
        tick = int(now.timestamp() * _TICKS_PER_SECOND) - 1
        if tick >= done - _LONGEST_WAIT:
            self._ahead = 0
        elif abs(tick + self._ahead - done) > _LONGEST_WAIT:
            self._ahead = done - tick
        return tick + self._ahead
