"""Tracked languages, followed from a real Redis."""

import asyncio
import contextlib

import redis.asyncio

from collector.languages import LanguageFollower, XWords
from contract.redis_names import LANGUAGES_CHANNEL, TRACKED_LANGUAGES
from contract.x_rule import default_terms


@contextlib.asynccontextmanager
async def following(languages: LanguageFollower, url: str):
    async with redis.asyncio.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        task = asyncio.create_task(languages.follow(client))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(languages: LanguageFollower, expected: frozenset[str] | None) -> None:
    async with asyncio.timeout(60):
        while languages.tracked() != expected:
            await asyncio.sleep(0.01)


async def test_the_key_is_read_and_changes_are_followed(tmp_path, redis_url, redis_client):
    languages = LanguageFollower(tmp_path / "languages.json")
    assert languages.tracked() is None
    redis_client.set(TRACKED_LANGUAGES, '{"languages":["en","es"]}')
    async with following(languages, redis_url):
        await until(languages, frozenset(["en", "es"]))
        redis_client.publish(LANGUAGES_CHANNEL, '{"languages":["ja"]}')
        await until(languages, frozenset(["ja"]))


async def test_a_change_without_a_message_is_found_in_the_key(tmp_path, redis_url, redis_client):
    languages = LanguageFollower(tmp_path / "languages.json")
    async with following(languages, redis_url):
        redis_client.set(TRACKED_LANGUAGES, '{"languages":["ko"]}')
        await until(languages, frozenset(["ko"]))


def test_the_copy_on_disk_is_used_after_a_restart(tmp_path):
    LanguageFollower(tmp_path / "languages.json").receive(b'{"languages":["en"]}')
    assert LanguageFollower(tmp_path / "languages.json").tracked() == frozenset(["en"])


def test_an_empty_or_broken_message_changes_nothing(tmp_path):
    languages = LanguageFollower(tmp_path / "languages.json")
    languages.receive(b'{"languages":["en","klingon"]}')
    for message in (None, b"", b"nonsense", b'{"languages":"en"}', b"\xff"):
        languages.receive(message)
    assert languages.tracked() == frozenset(["en"])


def test_null_means_every_language(tmp_path):
    languages = LanguageFollower(tmp_path / "languages.json")
    languages.receive(b'{"languages":[]}')
    assert languages.tracked() == frozenset()
    languages.receive(b'{"languages":null}')
    assert languages.tracked() is None


async def test_the_status_task_survives_an_outage_of_redis(tmp_path):
    languages = LanguageFollower(tmp_path / "languages.json")
    async with following(languages, f"unix://{tmp_path}/absent.sock"):
        await asyncio.sleep(0)
        assert languages.tracked() is None


def test_words_for_x_are_received_copied_and_removed(tmp_path):
    LanguageFollower(tmp_path / "languages.json").receive(
        b'{"languages":null,"x_terms":{"en":["tea","Tea"],"eu":["egun on"]}}'
    )
    languages = LanguageFollower(tmp_path / "languages.json")
    assert languages.x_words().terms == {"en": ("tea",), "eu": ("egun on",)}
    languages.receive(b'{"languages":null}')
    assert languages.x_words() == XWords()


def test_words_that_x_would_refuse_are_replaced_by_ours(tmp_path):
    languages = LanguageFollower(tmp_path / "languages.json")
    languages.receive(b'{"languages":["en"],"x_terms":{"en":["lang:de"],"xx":["a"],"fr":[],"ja":["\xe6\x97\xa5"]}}')
    assert languages.tracked() == frozenset(["en"])
    assert languages.x_words().terms == {"fr": default_terms("fr"), "ja": ("日",)}


def test_countries_come_with_our_words_unless_editors_chose_others(tmp_path):
    languages = LanguageFollower(tmp_path / "languages.json")
    message = (
        b'{"languages":["en"],"x_terms":{"fr":["th\xc3\xa9"]},"x_countries":{"en":["US"],"fr":["CA"],"de":["XX"]}}'
    )
    languages.receive(message)
    words = languages.x_words()
    assert words.terms == {"en": default_terms("en"), "fr": ("thé",)}
    assert words.countries == {"en": ("US",), "fr": ("CA",)}
