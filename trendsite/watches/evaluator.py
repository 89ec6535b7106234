"""Looks at the counts for all watches: once for each question, and only where something was counted."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from contract.language import ALL_LANGUAGES
from trendsite.queries.pipeline_status import Shown, read_pipeline_status
from trendsite.queries.redis_client import open_redis
from trendsite.trending.finder import Finder
from trendsite.watches import episodes
from trendsite.watches.conditions import Hit, Question, changes, is_true, question_of
from trendsite.watches.counts import Counts, newcomers
from trendsite.watches.models import MAX_WATCHES_OF_SITE, Episode, Watch

RELOAD_SECONDS = 3.0
"""How soon a new or changed watch is known."""

RISING_SECONDS = 3.0
"""The least time between two looks at what rises: it reads every language."""

MAX_VERDICTS = 5_000
"""Hashtags of a question of which is remembered whether they are newcomers. Beyond it the database is asked again."""

Counted = tuple[str, str]
"""A source and a language of which something was counted."""


@dataclass
class _Asked:
    """A question, the watches that ask it, and whether anything was counted since the last look."""

    watches: list[Watch] = field(default_factory=list)
    is_stale: bool = True


class Evaluator:
    """The watches in memory, and what was counted since the last look at each question."""

    def __init__(self) -> None:
        """Start with no watch."""
        self._asked: dict[Question, _Asked] = {}
        self._episodes: dict[int, dict[str, datetime | None]] = {}
        self._finder = Finder()
        self._loaded_at: float | None = None
        self._rising_at = float("-inf")
        self._newcomers: dict[Question, tuple[date, dict[str, bool]]] = {}

    def load(self, seconds: float) -> None:
        """Read watches and their episodes, unless that was a moment ago. ``seconds`` only count.

        Raises:
            DatabaseError: the database is away.
        """
        if self._loaded_at is not None and seconds - self._loaded_at < RELOAD_SECONDS:
            return
        asked: defaultdict[Question, _Asked] = defaultdict(_Asked)
        watches = Watch.objects.filter(is_on=True, user__is_active=True)[:MAX_WATCHES_OF_SITE]
        for watch in watches:
            asked[question_of(watch)].watches.append(watch)
        for question, now in asked.items():
            before = self._asked.get(question)
            is_same = before is not None and [_version(w) for w in before.watches] == [_version(w) for w in now.watches]
            now.is_stale = before.is_stale if before and is_same else True
        self._episodes = defaultdict(dict)
        for watch_id, key, since in Episode.objects.filter(watch__is_on=True).values_list(
            "watch", "key", "false_since"
        ):
            self._episodes[watch_id][key] = since
        self._asked = dict(asked)
        self._newcomers = {question: known for question, known in self._newcomers.items() if question in asked}
        self._loaded_at = seconds

    def note(self, counted: Collection[Counted]) -> None:
        """Note what was counted: questions about it are looked at again."""
        for question, asked in self._asked.items():
            asked.is_stale = asked.is_stale or any(_is_about(question, *one) for one in counted)

    def note_all(self) -> None:
        """Look at everything again, since messages may have been missed."""
        for asked in self._asked.values():
            asked.is_stale = True

    @property
    def watches(self) -> int:
        """How many watches are in memory."""
        return sum(len(asked.watches) for asked in self._asked.values())

    @property
    def questions(self) -> int:
        """How many different questions they ask."""
        return len(self._asked)

    def look(self, now: datetime, seconds: float, runner: asyncio.Runner) -> int:
        """Look at the counts of stale questions, and write what changed. Return how many alerts are new.

        Raises:
            RedisError, OSError: Redis is away.
            DatabaseError: the database is away.
        """
        stale = {question: asked for question, asked in self._asked.items() if asked.is_stale}
        if seconds - self._rising_at < RISING_SECONDS:
            stale = {question: asked for question, asked in stale.items() if not _is_rising(question)}
        if not stale:
            return 0
        if any(map(_is_rising, stale)):
            self._rising_at = seconds
        shown, hits = runner.run(self._read(stale, now))
        if shown is None:
            return 0
        alerts = 0
        for question, asked in stale.items():
            # Only now: after an error it is looked at again.
            alerts += self._write(asked.watches, question, hits[question], shown, now) if question in hits else 0
            asked.is_stale = False
        return alerts

    async def _read(
        self, stale: Mapping[Question, _Asked], now: datetime
    ) -> tuple[Shown | None, dict[Question, list[Hit]]]:
        async with open_redis() as redis:
            shown = (await read_pipeline_status(redis)).board
            if shown is None:
                return None, {}
            counts = Counts(redis, shown, self._finder, now)
            return shown, {
                question: await counts.hits(question, asked.watches)
                for question, asked in stale.items()
                if shown.chosen(question.choice.networks).sources
            }

    def _write(
        self, watches: Sequence[Watch], question: Question, found: Sequence[Hit], shown: Shown, now: datetime
    ) -> int:
        if any(watch.subject == Watch.Subject.NEWCOMERS for watch in watches):
            found = self._with_newcomers(question, found, shown)
        alerts = 0
        for watch in watches:
            hits = {hit.key: hit for hit in found if is_true(watch, hit)}
            known = self._episodes.setdefault(watch.pk, {})
            changed = changes(known, hits, now)
            if changed or watch.started_at is None:
                alerts += episodes.write(watch, changed, hits, question.choice.languages, now)
                watch.started_at = watch.started_at or now
                known.update(dict.fromkeys((*changed.begun, *changed.resumed)) | dict.fromkeys(changed.lapsed, now))
                for key in changed.ended:
                    del known[key]
        return alerts

    def _with_newcomers(self, question: Question, found: Sequence[Hit], shown: Shown) -> list[Hit]:
        """Return the hits with what is known of newcomers. The database is asked once a day about each."""
        day, verdicts = self._newcomers.get(question, (shown.day, {}))
        if day != shown.day or len(verdicts) > MAX_VERDICTS:
            verdicts = {}
        unknown = [hit.key for hit in found if hit.key not in verdicts]
        sources = shown.chosen(question.choice.networks).sources
        new = newcomers(unknown, sources, question.choice.languages, shown.day)
        verdicts.update({key: key in new for key in unknown})
        self._newcomers[question] = shown.day, verdicts
        return [replace(hit, is_newcomer=verdicts[hit.key]) for hit in found]


def _version(watch: Watch) -> tuple[int, str, int, bool]:
    return watch.pk, f"{watch.subject}:{watch.key}", watch.threshold, watch.started_at is None


def _is_rising(question: Question) -> bool:
    return question.condition == Watch.Condition.RISING


def _is_about(question: Question, source: str, language: str) -> bool:
    choice = question.choice
    has_language = ALL_LANGUAGES in choice.languages or language in choice.languages
    return has_language and (not choice.networks or source in choice.networks)
