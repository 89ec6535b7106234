"""What the rows of a board show of their day, as the page asks for it."""

import asyncio
from datetime import datetime, timedelta

import pytest

from contract import redis_names
from contract.race import Frame, FramePlace
from tests.trendsite.stage import NOW
from trendsite.board.history import KEPT_SECONDS, MOST_AT_ONCE, BusyError, HistoryCache, process_cache
from trendsite.queries.choice import EVERYTHING, TOPS, Choice
from trendsite.queries.row_history import BoardHistory

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh():
    process_cache.clear()
    yield
    process_cache.clear()


async def asked(client, query: str = "") -> dict:
    answer = await client.get(f"/board-history/{query}")
    assert answer.status_code == 200
    return answer.json()


def frame(at: datetime, *keys: str) -> Frame:
    return Frame(at, "*", 9, [FramePlace(key, key, 9 - rank) for rank, key in enumerate(keys)])


@pytest.mark.django_db(transaction=True)
async def test_each_hashtag_of_the_day_has_its_hours_and_the_time_since_which_it_is_there(stage, async_client):
    stage.count("*", {"cats": 30, "dogs": 20})
    stage.count_hour(NOW - 2 * HOUR, "*", {"cats": 10})
    stage.count_hour(NOW - HOUR, "*", {"cats": 20, "dogs": 8})
    stage.count_hour(NOW, "*", {"dogs": 12})
    stage.client.hset(redis_names.minutes(stage.source, stage.day), mapping={600: 30, 719: 40})
    midnight = NOW.replace(hour=0)
    stage.record(
        frame(midnight + timedelta(minutes=600), "cats"), frame(midnight + timedelta(minutes=719), "cats", "dogs")
    )
    stage.show(NOW)
    told = await asked(async_client)
    assert told["hours"] == 24
    # Thirteen hours have begun; the last number is of the sixty minutes before noon.
    assert told["hashtags"]["cats"]["hours"] == [None] * 10 + [10, 20, 20]
    assert told["hashtags"]["dogs"]["hours"] == [None] * 10 + [0, 8, 20]
    assert {key: row["since"] for key, row in told["hashtags"].items()} == {"cats": "10:00", "dogs": "11:59"}


async def test_the_last_hour_has_the_day_before_it_and_no_time(stage, async_client):
    stage.count_hour(NOW - 23 * HOUR, "*", {"cats": 5})
    stage.count_hour(NOW, "*", {"cats": 7})
    stage.count("*", {"cats": 12})
    stage.show(NOW)
    told = await asked(async_client, "?window=hour")
    assert told["hashtags"]["cats"] == {"hours": [5] + [None] * 22 + [7]}


@pytest.mark.django_db(transaction=True)
async def test_a_hidden_hashtag_is_not_in_an_answer_that_was_made_before(stage, async_client, hide):
    stage.count("*", {"cats": 30, "dogs": 20})
    stage.show(NOW)
    assert (await asked(async_client))["hashtags"].keys() == {"cats", "dogs"}
    hide("cats")
    assert (await asked(async_client))["hashtags"].keys() == {"dogs"}


async def test_a_choice_that_nobody_can_make_is_refused_and_without_redis_it_is_asked_again_later(async_client):
    assert (await async_client.get("/board-history/?window=year")).status_code == 400
    answer = await async_client.get("/board-history/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


async def test_one_answer_serves_all_for_a_while():
    read = []

    async def answer(choice: Choice) -> BoardHistory:
        read.append(choice)
        return BoardHistory(24, {})

    now = 0.0
    cache = HistoryCache(answer, clock=lambda: now)
    await asyncio.gather(*(cache.get(EVERYTHING) for _ in range(5)))
    await cache.get(EVERYTHING)
    assert len(read) == 1
    now = KEPT_SECONDS
    await cache.get(EVERYTHING)
    assert len(read) == 2


async def test_few_answers_are_made_at_once_and_a_failure_is_not_kept():
    go_on = asyncio.Event()

    async def answer(_: Choice) -> BoardHistory:
        await go_on.wait()
        raise OSError("Redis is away")

    cache = HistoryCache(answer)
    choices = [Choice(window, ("*",), top) for window in ("day", "hour") for top in TOPS]
    waiting = [asyncio.ensure_future(cache.get(choice)) for choice in choices[:MOST_AT_ONCE]]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await cache.get(choices[MOST_AT_ONCE])
    go_on.set()
    assert all(isinstance(one, OSError) for one in await asyncio.gather(*waiting, return_exceptions=True))
    with pytest.raises(OSError, match="Redis is away"):
        await cache.get(choices[MOST_AT_ONCE])


@pytest.mark.django_db(transaction=True)
async def test_a_rising_hashtag_has_what_was_usual_in_each_hour(stage, async_client):
    for ago in range(1, 8):
        stage.count_hour(NOW - ago * HOUR, "en", {"cats": 60, "storm": 20}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, "storm": 300}, posts=2_000)
    stage.count("en", {"cats": 480, "storm": 440})
    stage.show(NOW + timedelta(minutes=59))
    told = await asked(async_client, "?window=rising&languages=en")
    usual = told["hashtags"]["storm"]["usual"]
    # As many of the other posts as in the hours before: of twice as many posts it would be about twice as many.
    assert usual[-8:] == [20.0] * 7 + [pytest.approx(35, abs=2)]
    assert "usual" not in (await asked(async_client, "?languages=en"))["hashtags"]["storm"]
