"""Tracked languages, and their words on X: Redis -> the filter of posts, the rules of X.

A copy on disk stands in while Redis is away.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import random

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from contract.backoff import Backoff
from contract.cancellation import is_cancelled
from contract.files import write_atomically
from contract.language import LANGUAGES
from contract.redis_names import LANGUAGES_CHANNEL, TRACKED_LANGUAGES
from contract.status import TrackedLanguages
from contract.x_rule import XRuleError, checked_countries, checked_terms, default_terms

_CHECK_SECONDS = 2.0
_BACKOFF = Backoff(first=0.5, longest=2.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class XWords:
    """The words of languages for X's rules, and the countries that they are restricted to; our own words for others."""

    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    countries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class LanguageFollower:
    """The tracked languages, as last received."""

    def __init__(self, copy: Path, source: str = "") -> None:
        """Start with the copy at this path; without one, every language is tracked.

        The collectors of several sources share the copy. Each needs its ``source`` to write it.
        """
        self._copy = copy
        self._source = source
        self._message = b""
        self._tracked: frozenset[str] | None = None
        self._x_words = XWords()
        with contextlib.suppress(FileNotFoundError):
            self._apply(copy.read_bytes())

    def tracked(self) -> frozenset[str] | None:
        """Return the tracked languages; None is every language."""
        return self._tracked

    def x_words(self) -> XWords:
        """Return what editors chose for X's rules in place of our own words for every country."""
        return self._x_words

    async def follow(self, redis: Redis) -> None:
        """Follow the tracked languages without end, through any outage of Redis."""
        failures = 0
        while not is_cancelled():
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as changes:
                    await changes.subscribe(LANGUAGES_CHANNEL)
                    failures = 0
                    await self._listen(redis, changes)
            except (RedisError, OSError) as error:
                if failures == 0:
                    log.warning("Redis cannot be reached (%s): the tracked languages stay as they are", error)
                failures += 1
                await asyncio.sleep(_BACKOFF.delay(failures, random()))  # noqa: S311 - jitter

    async def _listen(self, redis: Redis, changes: PubSub) -> None:
        """Receive every change. In between, reading the key shows that the connection is alive."""
        while not is_cancelled():
            self.receive(await redis.get(TRACKED_LANGUAGES))
            while message := await changes.get_message(timeout=_CHECK_SECONDS):
                self.receive(message["data"])

    def receive(self, message: bytes | str | None) -> None:
        """Apply a TrackedLanguages message, and copy it to disk. None, or a broken message, changes nothing."""
        message = message.encode() if isinstance(message, str) else message
        if not message or message == self._message or not self._apply(message):
            return
        tracked = "all" if self._tracked is None else " ".join(sorted(self._tracked)) or "none"
        log.info("tracked languages: %s", tracked)
        try:
            write_atomically(self._copy, message, self._source)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._copy, error.strerror)

    def _apply(self, message: bytes) -> bool:
        try:
            received = msgspec.json.decode(message, type=TrackedLanguages)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("a message about tracked languages is not of its shape: ignored")
            return False
        self._message = message
        self._tracked = None if received.languages is None else LANGUAGES.intersection(received.languages)
        self._x_words = _usable(received)
        return True


def _usable(received: TrackedLanguages) -> XWords:
    """Return what X accepts. A language of which X would refuse something has our words, in every country."""
    terms, countries = {}, {}
    for language in sorted(received.x_terms.keys() | received.x_countries.keys()):
        chosen = received.x_terms.get(language) or default_terms(language)
        try:
            places = checked_countries(received.x_countries.get(language, ()))
            terms[language] = checked_terms(language, chosen, places)
            countries[language] = places
        except XRuleError as error:
            log.warning("what editors chose for X in language %s is left out: %s", language, error)
    return XWords(terms, countries)
