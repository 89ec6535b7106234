"""Rankings of the last hour: two UTC hours, the earlier one in part, against a count of everything."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from contract import redis_names
from contract.ranking import highest_counts, last_hour
from tests.trendsite.queries.test_rankings import bytes_sent, random_counts, ranking, top

HOUR = timedelta(hours=1)
CLOCKS = [
    datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 12, 20, 30, 500_000, tzinfo=UTC),
    datetime(2026, 11, 22, 12, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 22, 0, 10, tzinfo=UTC),
]


def count_two_hours(stage, clock, languages, highest):
    """Fill both hours of each language; return the posts of the last hour by key, and all of them."""
    posts = Counter()
    total = 0
    for seed, language in enumerate(languages):
        now, before = random_counts(seed, 300, highest), random_counts(seed + 100, 300, highest)
        stage.count_hour(clock, language, now, posts=1_001)
        stage.count_hour(clock - HOUR, language, before, posts=2_003)
        posts.update({key: last_hour(now.get(key, 0), before.get(key, 0), clock) for key in now.keys() | before})
        total += last_hour(1_001, 2_003, clock)
    return +posts, total


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: f"{clock:%H:%M:%S}")
@pytest.mark.parametrize("languages", [("en",), ("en", "es", "ja")], ids=len)
@pytest.mark.parametrize("highest", [1, 3, 1_000])
async def test_the_last_hour_is_ranked_exactly_ties_included(stage, clock, languages, highest):
    posts, total = count_two_hours(stage, clock, languages, highest)
    stage.show(clock)
    for limit in (1, 10, 1_000):
        assert await top(stage, languages, limit, "hour") == highest_counts(posts.items(), limit)
    of_hour = await ranking(stage, languages, window="hour")
    assert (of_hour.posts, of_hour.day, of_hour.window) == (total, clock.date(), "hour")


async def test_a_hashtag_that_leads_in_neither_hour_can_lead_in_both_together(stage):
    clock = CLOCKS[0]
    for hour in (clock, clock - HOUR):
        heads = {f"at{hour:%H}no{number}": 100 - number for number in range(50)}
        stage.count_hour(hour, "en", heads | {"always": 51})
    stage.show(clock)
    assert await top(stage, ("en",), 1, "hour") == [("always", 102)]


async def test_the_hour_before_fades_with_the_clock(stage):
    stage.count_hour(CLOCKS[0] - HOUR, "en", {"cats": 60})
    seen = []
    for minutes in (0, 15, 59, 60):
        stage.show(CLOCKS[0] + timedelta(minutes=minutes))
        seen.append(await top(stage, ("en",), window="hour"))
    assert seen == [[("cats", 60)], [("cats", 45)], [("cats", 1)], []]


async def test_a_hashtag_without_remaining_posts_has_no_place(stage):
    stage.count_hour(CLOCKS[2] - HOUR, "en", {"cats": 1})
    stage.count_hour(CLOCKS[2], "en", {"dogs": 1})
    stage.show(CLOCKS[2])
    assert await top(stage, ("en",), window="hour") == [("dogs", 1)]


async def test_a_spelling_is_todays_or_else_yesterdays(stage):
    after_midnight = CLOCKS[3]
    stage.count_hour(after_midnight - HOUR, "en", {"WorldCup": 9, "NewYear": 6})
    stage.count_hour(after_midnight, "en", {"Worldcup": 1})
    stage.show(after_midnight)
    assert [place.hashtag for place in (await ranking(stage, ("en",), window="hour")).top] == ["Worldcup", "NewYear"]


async def test_the_authors_of_an_hour_are_unknown(stage):
    stage.count_hour(CLOCKS[0], "en", {"cats": 5})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), {"cats": 3})
    stage.show(CLOCKS[0])
    assert [place.authors for place in (await ranking(stage, ("en",), window="hour")).top] == [None]


async def test_two_hours_are_not_read_completely(stage):
    for hour in (CLOCKS[0], CLOCKS[0] - HOUR):
        stage.count_hour(hour, "en", {f"tag{number:05}": 20_000 - number for number in range(20_000)})
    stage.show(CLOCKS[0])
    before = bytes_sent(stage)
    await top(stage, ("en",), window="hour")
    assert bytes_sent(stage) - before < 20_000
