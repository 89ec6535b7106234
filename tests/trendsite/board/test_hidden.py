"""Hidden hashtags as viewers on the WebSocket see it: they never do, and what they see is complete."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from contract import redis_names
from tests.trendsite.stage import NOW
from trendsite.queries.hiding import process_hiding

TWELVE = {f"tag{number:02}": 100 - number for number in range(12)}


def keys(ranking):
    return [place["key"] for place in msgspec.json.decode(ranking)["top"]]


def shows(*wanted):
    return lambda ranking: [place["key"] for place in ranking["top"]] == list(wanted)


async def test_what_is_hidden_goes_at_once_and_the_eleventh_comes_up(stage, seat, hide):
    stage.count("*", TWELVE)
    stage.show()
    viewer = await seat()
    await viewer.ranking()
    hide("tag01")
    left = msgspec.json.decode(await viewer.ranking())["top"]
    assert [place["key"] for place in left] == ["tag00", *(f"tag{number:02}" for number in range(2, 11))]
    assert [place["rank"] for place in left] == list(range(1, 11))
    hide()
    assert "tag01" in keys(await viewer.ranking())


async def test_a_published_ranking_with_something_hidden_reaches_nobody_as_it_is(stage, seat, hide):
    stage.count("*", {"cats": 3, "dogs": 2})
    stage.show()
    hide("spam")
    viewer = await seat()
    await viewer.ranking()
    stage.count("*", {"spam": 99, "cats": 3, "dogs": 2})
    stage.count("*", {"spam": 99, "cats": 5, "dogs": 4})
    assert keys(await viewer.ranking(lambda ranking: ranking["top"][0]["posts"] == 5)) == ["cats", "dogs"]
    untouched = stage.count("*", {"cats": 6})
    assert await viewer.ranking(shows("cats")) == untouched


async def test_a_stored_ranking_with_something_hidden_greets_nobody(stage, seat, hide):
    hide("spam")
    stage.count("*", {"spam": 9, "cats": 2})
    stage.show()
    first = await seat()
    assert keys(await first.ranking()) == ["cats"]
    second = await seat()
    assert keys(await second.ranking()) == ["cats"]


async def test_whoever_comes_after_something_was_hidden_waits_for_a_ranking_without_it(stage, seat, hide):
    stage.count("*", {"cats": 3})
    stage.count("en", {"spam": 9, "dogs": 2})
    stage.show()
    await (await seat()).ranking()
    hide("spam")
    late = await seat("?languages=en")
    assert keys(await late.ranking()) == ["dogs"]


async def test_rankings_in_which_nothing_is_hidden_are_passed_on_as_they_are(stage, seat, hide):
    hide("spam", "ad*")
    stored = stage.count("*", {"cats": 2})
    stage.show()
    viewer = await seat()
    assert await viewer.ranking() == stored
    newer = stage.count("*", {"cats": 3})
    assert await viewer.ranking() == newer


async def test_hidden_in_one_language_it_is_gone_from_what_holds_that_language_and_no_other(stage, seat, hide):
    for language in ("*", "de", "en"):
        stage.count(language, {"gift": 9, "katze": 2})
    stage.show()
    seats = {query: await seat(query) for query in ("", "?languages=de", "?languages=en", "?languages=de,en")}
    for viewer in seats.values():
        await viewer.ranking()
    hide("gift", language="de")
    assert keys(await seats["?languages=de"].ranking(shows("katze"))) == ["katze"]
    assert keys(await seats["?languages=de,en"].ranking(shows("katze"))) == ["katze"]
    for query in ("", "?languages=en"):
        assert keys(await seats[query].ranking()) == ["gift", "katze"]


async def test_more_places_and_authors_are_without_it_too(stage, seat, hide):
    stage.count("en", TWELVE)
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), dict.fromkeys(TWELVE, 2) | {"tag11": 5})
    stage.show()
    hide("tag00")
    many, by_authors = await seat("?languages=en&top=25"), await seat("?languages=en&by=authors")
    assert keys(await many.ranking()) == list(TWELVE)[1:]
    assert keys(await by_authors.ranking()) == ["tag11", *list(TWELVE)[1:10]]


async def test_a_computed_ranking_says_which_rank_each_had_before(stage, seat):
    stage.count("en", {"cats": 5, "dogs": 4})
    stage.show()
    viewer = await seat("?languages=en&top=25")
    first = msgspec.json.decode(await viewer.ranking())["top"]
    assert [(place["previous_rank"], place["is_new"]) for place in first] == [(None, False)] * 2
    stage.count("en", {"cats": 5, "dogs": 6, "birds": 1})
    then = msgspec.json.decode(await viewer.ranking(lambda ranking: len(ranking["top"]) == 3))["top"]
    assert [(place["key"], place["previous_rank"], place["is_new"]) for place in then] == [
        ("dogs", 2, False),
        ("cats", 1, False),
        ("birds", None, True),
    ]


async def test_the_word_on_the_channel_makes_this_process_look_again(stage, seat):
    stage.count("*", {"cats": 2})
    stage.show()
    process_hiding.may_have_changed.clear()
    await (await seat()).ranking()
    stage.client.publish(redis_names.HIDDEN_CHANNEL, "")
    async with asyncio.timeout(60):
        await asyncio.to_thread(process_hiding.may_have_changed.wait)


async def test_what_is_hidden_while_redis_is_away_is_taken_from_everybody(
    settings, restartable_redis, stage, seat, hide
):
    settings.REDIS_URL = restartable_redis.url
    with restartable_redis.start() as client:
        stage.client = client
        stage.count("*", {"spam": 9, "cats": 2})
        stage.show()
        viewer = await seat()
        await viewer.ranking()
    restartable_redis.stop()
    await viewer.status(lambda status: not status["redis"])
    hide("spam")
    assert keys(await viewer.ranking()) == []
    with restartable_redis.start() as client:
        stage.client = client
        stage.count("*", {"spam": 9, "cats": 2})
        stage.show()
        assert keys(await viewer.ranking()) == ["cats"]


@pytest.mark.parametrize("query", ["", "?languages=en&top=25"])
async def test_a_rule_that_ended_hides_nothing_even_before_anybody_noticed(stage, seat, hide, query):
    hide("cats", until=NOW - timedelta(days=400))
    for language in ("*", "en"):
        stage.count(language, {"cats": 2})
    stage.show()
    assert keys(await (await seat(query)).ranking()) == ["cats"]
