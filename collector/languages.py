"""Tracked languages, and their words on X: Redis -> the filter of posts, the rules of X.

A copy on disk stands in while Redis is away.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from collector.jitter import jittered
from contract.language import LANGUAGES
from contract.redis_names import LANGUAGES_CHANNEL, TRACKED_LANGUAGES
from contract.status import TrackedLanguages
from contract.x_rule import XRuleError, checked_terms

_CHECK_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 2.0

log = logging.getLogger(__name__)


class Languages:
    """The languages that are collected, as last heard."""

    def __init__(self, copy: Path) -> None:
        """Begin with the copy at this path; every language where there is none."""
        self._copy = copy
        self._message = b""
        self._tracked: frozenset[str] | None = None
        self._x_terms: dict[str, tuple[str, ...]] = {}
        with contextlib.suppress(FileNotFoundError):
            self._accept(copy.read_bytes())

    def tracked(self) -> frozenset[str] | None:
        """Return the tracked languages; None is every language."""
        return self._tracked

    def x_terms(self) -> Mapping[str, tuple[str, ...]]:
        """Return the words of the languages for which somebody chose others than ours."""
        return self._x_terms

    async def follow(self, redis: Redis) -> None:
        """Follow the tracked languages for ever, through any outage of Redis."""
        failures = 0
        while True:
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as changes:
                    await changes.subscribe(LANGUAGES_CHANNEL)
                    failures = 0
                    await self._listen(redis, changes)
            except (RedisError, OSError) as error:
                if failures == 0:
                    log.warning("Redis cannot be reached (%s): the tracked languages stay as they are", error)
                failures += 1
                await asyncio.sleep(jittered(min(0.25 * 2**failures, _LONGEST_WAIT_SECONDS)))

    async def _listen(self, redis: Redis, changes: PubSub) -> None:
        """Take every change; reading the key while all is quiet shows that the connection still lives."""
        while True:
            self.hear(await redis.get(TRACKED_LANGUAGES))
            while message := await changes.get_message(timeout=_CHECK_SECONDS):
                self.hear(message["data"])

    def hear(self, message: bytes | str | None) -> None:
        """Take a TrackedLanguages message, and keep it on disk; none, or a broken one, changes nothing."""
        message = message.encode() if isinstance(message, str) else message
        if not message or message == self._message or not self._accept(message):
            return
        tracked = "all" if self._tracked is None else " ".join(sorted(self._tracked)) or "none"
        log.info("tracked languages: %s", tracked)
        try:
            self._keep(message)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._copy, error.strerror)

    def _accept(self, message: bytes) -> bool:
        try:
            heard = msgspec.json.decode(message, type=TrackedLanguages)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("a message about tracked languages is not of its shape: ignored")
            return False
        self._message = message
        self._tracked = None if heard.languages is None else LANGUAGES.intersection(heard.languages)
        self._x_terms = _usable(heard.x_terms)
        return True

    def _keep(self, message: bytes) -> None:
        draft = self._copy.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._copy)


def _usable(x_terms: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return the words that X takes; a language whose words it would refuse keeps ours."""
    usable = {}
    for language, terms in x_terms.items():
        try:
            usable[language] = checked_terms(language, terms)
        except XRuleError as error:
            log.warning("words for X are left out: %s", error)
    return usable
