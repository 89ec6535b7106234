"""Tracked languages, followed from a real Redis."""

import asyncio
import contextlib

import redis.asyncio

from collector.languages import Languages
from contract.redis_names import LANGUAGES_CHANNEL, TRACKED_LANGUAGES


@contextlib.asynccontextmanager
async def following(languages: Languages, url: str):
    async with redis.asyncio.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        task = asyncio.create_task(languages.follow(client))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(languages: Languages, expected: frozenset[str] | None) -> None:
    async with asyncio.timeout(5):
        while languages.tracked() != expected:
            await asyncio.sleep(0.01)


async def test_the_key_is_read_and_changes_are_followed(tmp_path, redis_url, redis_client):
    languages = Languages(tmp_path / "languages.json")
    assert languages.tracked() is None
    redis_client.set(TRACKED_LANGUAGES, '{"languages":["en","es"]}')
    async with following(languages, redis_url):
        await until(languages, frozenset(["en", "es"]))
        redis_client.publish(LANGUAGES_CHANNEL, '{"languages":["ja"]}')
        await until(languages, frozenset(["ja"]))


async def test_a_change_that_was_only_stored_is_found(tmp_path, redis_url, redis_client):
    languages = Languages(tmp_path / "languages.json")
    async with following(languages, redis_url):
        redis_client.set(TRACKED_LANGUAGES, '{"languages":["ko"]}')
        await until(languages, frozenset(["ko"]))


def test_the_copy_on_disk_stands_in_after_a_restart(tmp_path):
    Languages(tmp_path / "languages.json").hear(b'{"languages":["en"]}')
    assert Languages(tmp_path / "languages.json").tracked() == frozenset(["en"])


def test_nothing_or_nonsense_changes_nothing(tmp_path):
    languages = Languages(tmp_path / "languages.json")
    languages.hear(b'{"languages":["en","klingon"]}')
    for message in (None, b"", b"nonsense", b'{"languages":"en"}', b"\xff"):
        languages.hear(message)
    assert languages.tracked() == frozenset(["en"])


def test_null_means_every_language(tmp_path):
    languages = Languages(tmp_path / "languages.json")
    languages.hear(b'{"languages":[]}')
    assert languages.tracked() == frozenset()
    languages.hear(b'{"languages":null}')
    assert languages.tracked() is None


async def test_an_absent_redis_is_no_reason_to_stop(tmp_path):
    languages = Languages(tmp_path / "languages.json")
    async with following(languages, f"unix://{tmp_path}/absent.sock"):
        await asyncio.sleep(0)
        assert languages.tracked() is None


def test_words_for_x_are_heard_kept_and_forgotten(tmp_path):
    Languages(tmp_path / "languages.json").hear(b'{"languages":null,"x_terms":{"en":["tea","Tea"],"eu":["egun on"]}}')
    languages = Languages(tmp_path / "languages.json")
    assert languages.x_terms() == {"en": ("tea",), "eu": ("egun on",)}
    languages.hear(b'{"languages":null}')
    assert languages.x_terms() == {}


def test_words_that_x_would_refuse_leave_a_language_with_ours(tmp_path):
    languages = Languages(tmp_path / "languages.json")
    languages.hear(b'{"languages":["en"],"x_terms":{"en":["lang:de"],"xx":["a"],"fr":[],"ja":["\xe6\x97\xa5"]}}')
    assert languages.tracked() == frozenset(["en"])
    assert languages.x_terms() == {"ja": ("日",)}
