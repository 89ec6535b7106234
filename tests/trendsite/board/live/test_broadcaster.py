"""The broadcaster as its viewers see it: WebSockets in front, a real Redis behind."""

import asyncio
import contextlib
from datetime import date, timedelta

import msgspec
import pytest

from contract import redis_names
from tests.trendsite.board.conftest import PATIENCE
from tests.trendsite.stage import NOW
from trendsite.board.live import broadcaster
from trendsite.queries.choice import PUBLISHED_WINDOWS


def names(ranking):
    return [(place["hashtag"], place["posts"]) for place in msgspec.json.decode(ranking)["top"]]


async def test_a_new_viewer_is_greeted_with_the_stored_ranking_as_it_is(stage, seat):
    stored = stage.count("*", {"WorldCup": 3, "cats": 2})
    stage.show()
    viewer = await seat()
    assert await viewer.ranking() == stored


async def test_a_viewer_who_comes_later_is_greeted_too(stage, seat):
    stage.count("*", {"cats": 2})
    stage.show()
    await (await seat()).ranking()
    newer = stage.count("*", {"cats": 5})
    second = await seat()
    assert await second.ranking(lambda ranking: ranking["top"][0]["posts"] == 5) == newer


async def test_a_viewer_gets_the_rankings_of_its_language_and_no_other(stage, seat):
    stage.count("fr", {"chats": 2})
    stage.show()
    viewer = await seat("?languages=en")
    await viewer.ranking()
    stage.count("es", {"gatos": 9})
    english = stage.count("en", {"cats": 1})
    assert await viewer.ranking() == english


async def test_a_viewer_may_choose_another_language_at_any_time(stage, seat):
    stage.count("*", {"cats": 2})
    spanish = stage.count("es", {"gatos": 9})
    stage.show()
    viewer = await seat()
    await viewer.ranking()
    await viewer.say('{"languages": ["es"], "window": "day"}')
    assert await viewer.ranking() == spanish


async def test_a_language_without_posts_has_an_empty_ranking(stage, seat):
    stage.count("fr", {"chats": 2})
    stage.show()
    viewer = await seat("?languages=fo")
    ranking = msgspec.json.decode(await viewer.ranking())
    assert (ranking["languages"], ranking["posts"], ranking["top"]) == (["fo"], 0, [])


async def test_a_viewer_who_comes_while_redis_is_filled_again_waits_for_a_ranking_that_counts(stage, seat):
    stage.show()
    viewer, of_quiet_language = await seat(), await seat("?languages=fo")
    await viewer.status()
    counted = stage.count("*", {"cats": 2})
    assert await viewer.ranking() == counted
    assert names(await of_quiet_language.ranking()) == []


async def test_several_languages_are_added_up_and_follow_each_change(stage, seat):
    stage.count("en", {"cats": 5, "dogs": 4})
    stage.count("es", {"dogs": 3})
    stage.show()
    viewer = await seat("?languages=es,en")
    assert names(await viewer.ranking()) == [("dogs", 7), ("cats", 5)]
    stage.count("es", {"dogs": 3, "gatos": 10})
    assert names(await viewer.ranking(lambda ranking: len(ranking["top"]) == 3))[0] == ("gatos", 10)


async def test_more_places_of_a_language_are_computed_and_follow_each_change(stage, seat):
    counts = {f"tag{number}": 100 - number for number in range(30)}
    stage.count("en", counts)
    stage.show()
    viewer = await seat("?languages=en&top=25")
    ten = await seat("?languages=en")
    assert names(await viewer.ranking()) == list(counts.items())[:25]
    stage.count("en", {**counts, "cats": 200})
    assert names(await viewer.ranking())[0] == ("cats", 200)
    await ten.say('{"languages": ["en"], "top": 50}')
    assert len(names(await ten.ranking(lambda ranking: len(ranking["top"]) > 30))) == 31


async def test_a_viewer_gets_the_rankings_of_its_window_and_no_other(stage, seat):
    stage.count("en", {"cats": 9})
    stored = stage.publish("hour", "en", {"dogs": 2})
    stage.show()
    viewer = await seat("?languages=en&window=hour")
    assert await viewer.ranking() == stored
    stage.count("en", {"cats": 10})
    newer = stage.publish("hour", "en", {"dogs": 3})
    assert await viewer.ranking() == newer


async def test_a_viewer_may_choose_the_other_window_at_any_time(stage, seat):
    of_day = stage.count("*", {"cats": 9})
    of_hour = stage.publish("hour", "*", {"dogs": 2})
    stage.show()
    viewer = await seat()
    assert await viewer.ranking() == of_day
    await viewer.say('{"languages": ["*"], "window": "hour"}')
    assert await viewer.ranking() == of_hour
    await viewer.say('{"languages": ["*"]}')
    assert await viewer.ranking() == of_day


async def test_an_hour_without_posts_has_an_empty_ranking(stage, seat):
    stage.count("fo", {"cats": 9})
    stage.show()
    ranking = msgspec.json.decode(await (await seat("?languages=fo&window=hour")).ranking())
    assert (ranking["window"], ranking["posts"], ranking["top"]) == ("hour", 0, [])


async def test_the_last_hour_of_several_languages_is_added_up_and_follows_its_clock(stage, seat):
    for language in ("en", "es"):
        stage.count_hour(NOW - timedelta(hours=1), language, {"dogs": 4})
        stage.publish("hour", language, {"dogs": 4})
    stage.show()
    viewer = await seat("?languages=es,en&window=hour")
    assert names(await viewer.ranking()) == [("dogs", 8)]
    stage.show(NOW + timedelta(minutes=15))
    stage.publish("hour", "es", {"dogs": 3})
    assert names(await viewer.ranking()) == [("dogs", 6)]


async def test_a_clock_that_moves_greets_nobody_anew(stage, seat):
    stage.count("*", {"cats": 2})
    stage.show()
    viewer = await seat()
    await viewer.ranking()
    stage.show(NOW + timedelta(minutes=1))
    for _ in range(2):
        await viewer.status()
    newer = stage.count("*", {"cats": 3})
    assert await viewer.ranking() == newer


@pytest.mark.parametrize("window", PUBLISHED_WINDOWS)
async def test_a_new_day_greets_everybody_anew(stage, seat, window):
    stage.publish(window, "*", {"cats": 2})
    stage.show()
    viewer = await seat(f"?window={window}")
    await viewer.ranking()
    stage.day = date(2026, 11, 23)
    newer = stage.publish(window, "*", {"dogs": 1})
    quiet = await seat(f"?languages=fo&window={window}")
    stage.show()
    assert await viewer.ranking(lambda ranking: ranking["day"] == "2026-11-23") == newer
    assert msgspec.json.decode(await quiet.ranking(lambda ranking: ranking["day"] == "2026-11-23"))["top"] == []


async def test_markup_in_a_hashtag_is_passed_on_as_text(stage, seat):
    stage.count("*", {"<img src=x onerror=alert(1)>": 2})
    stage.show()
    viewer = await seat()
    assert names(await viewer.ranking()) == [("<img src=x onerror=alert(1)>", 2)]


async def test_the_status_says_what_is_missing(stage, seat):
    viewer = await seat()
    status = await viewer.status()
    assert status["redis"]
    assert "collector does not report" in status["waiting_for"]
    stage.show()
    stage.report_collector()
    stage.report_streaming()
    status = await viewer.status(lambda status: not status["waiting_for"])
    assert (status["source"], status["posts_per_second"], status["dropped"]) == ("simulated posts", 250.0, 7)


def subscriptions(stage):
    """The connections that listen. A site that other tests share may have some."""
    return {connection["id"] for connection in stage.client.client_list(_type="pubsub")}


async def test_viewers_share_one_subscription_that_ends_with_the_last(stage, seat):
    others = subscriptions(stage)
    stage.count("*", {"cats": 2})
    stage.show()
    first, second = await seat(), await seat("?languages=en")
    await asyncio.gather(first.ranking(), second.ranking())
    assert len(subscriptions(stage) - others) == 1
    await first.leave()
    assert len(subscriptions(stage) - others) == 1
    await second.leave()
    async with asyncio.timeout(PATIENCE):
        while subscriptions(stage) - others:
            await asyncio.sleep(0.01)


async def test_the_subscription_ends_with_the_last_viewer_even_if_the_cancellation_gets_lost(stage, seat, monkeypatch):
    asked, read, others = asyncio.Event(), broadcaster.read_pipeline_status, subscriptions(stage)

    async def read_and_lose_cancellation(redis):
        if subscriptions(stage) - others:
            asked.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        return await read(redis)

    stage.count("*", {"cats": 2})
    stage.show()
    viewer = await seat()
    await viewer.ranking()
    monkeypatch.setattr(broadcaster, "read_pipeline_status", read_and_lose_cancellation)
    async with asyncio.timeout(PATIENCE):
        await asked.wait()
        await viewer.leave()
        while subscriptions(stage) - others:
            await asyncio.sleep(0.01)


async def test_a_redis_that_restarts_is_reported_and_everybody_is_greeted_anew(
    settings, restartable_redis, stage, seat, greetings
):
    settings.REDIS_URL = restartable_redis.url
    with restartable_redis.start() as client:
        stage.client = client
        stage.show()
        stage.count("*", {"cats": 2})
        viewer = await seat()
        await viewer.ranking()
    restartable_redis.stop()
    assert "Redis is away" in (await viewer.status(lambda status: not status["redis"]))["waiting_for"]
    with restartable_redis.start() as client:
        stage.client = client
        stage.show()
        rebuilt = stage.count("*", {"cats": 3})
        assert await viewer.ranking() == rebuilt
        assert (await viewer.status())["redis"]
    assert greetings.count == 2


@pytest.mark.parametrize(
    ("rubbish", "code"),
    [
        ("not json", 1008),
        ("{}", 1008),
        ("[" * 2_000, 1008),
        ('{"x":' + "[" * 2_000, 1008),
        ('{"languages": ["xx"]}', 1008),
        ('{"languages": ["en"], "window": "year"}', 1008),
        ('{"languages": ["en"], "top": 11}', 1008),
        ('{"languages": ["en"], "more": 1}', 1008),
        ('{"languages": ["aa,ab,af,ak,am,an,ar,as,av,ay,az,ba,be,bg,bi,bm,bn,bo,br,bs,ca"]}', 1008),
        ('{"languages": ["' + "e" * 3_000 + '"]}', 1009),
        ('{"languages": ["' + "e" * 9_000 + '"]}', 1009),
        ('{"languages": ["\\ud800"]}', 1008),
        (b"\x00\x01", 1003),
    ],
)
async def test_rubbish_ends_the_connection_and_disturbs_nobody(stage, seat, rubbish, code):
    stage.count("fr", {"chats": 2})
    stage.show()
    vandal, viewer = await seat(), await seat()
    await viewer.ranking()
    await vandal.say(rubbish)
    assert await vandal.closing_code() == code
    message = stage.count("*", {"cats": 1})
    assert await viewer.ranking() == message


@pytest.mark.parametrize("query", ["?languages=klingon", "?window=year"])
async def test_a_choice_in_the_address_that_nobody_has_ends_the_connection(stage, seat, query):
    assert await (await seat(query)).closing_code() == 1008


async def test_a_language_without_posts_has_no_ranking_while_redis_is_filled_again(stage, seat):
    stage.count("*", {"cats": 9})
    spanish = stage.count("es", {"gatos": 5})
    stage.show()
    viewer = await seat("?languages=es")
    assert await viewer.ranking() == spanish
    stage.refill()
    await viewer.status(lambda status: status["clock"] is None)
    stage.show()
    stage.client.set(redis_names.marker(stage.source), redis_names.REBUILDING)
    stage.count("*", {"cats": 9})
    newer = stage.count("es", {"gatos": 6})
    assert await viewer.ranking() == newer
