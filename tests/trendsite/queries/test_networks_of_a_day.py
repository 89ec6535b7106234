"""A date of several networks: which are added up, and that every number is the sum of theirs."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from contract import redis_names
from tests.trendsite.stage import Stage
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage
from trendsite.queries.archived_rankings import archived_ranking
from trendsite.queries.choice import EVERYTHING, parse_choice
from trendsite.queries.day_rankings import read_day_ranking, read_languages
from trendsite.queries.groups import ALL, DayGroup, Selection, possible_sources, selected_group
from trendsite.queries.hashtag_group import add_up_details, read_details_of, read_hashtag_day_of
from trendsite.queries.hashtag_history import days_of_hashtag, hashtag_series
from trendsite.queries.hashtag_search import find_hashtags
from trendsite.queries.minutes import shared_gaps
from trendsite.queries.one_day import read_day
from trendsite.queries.past_days import archived_days, list_days
from trendsite.queries.redis_client import open_redis

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOURS = 24


def archive(source: str, counts: Mapping[str, int], day: date = DAY, *, hour: int = 12, posts: int = 100) -> Day:
    """Archive a day with these hashtags, all in one hour and in English."""
    minutes = [1 if hour * 60 <= minute < hour * 60 + 60 else 0 for minute in range(1_440)]
    row = Day.objects.create(source=source, date=day, archived_at=NOW, minutes=minutes)
    for language in ("*", "en"):
        hours = [posts if of == hour else 0 for of in range(HOURS)]
        DayLanguage.objects.create(day=row, language=language, posts=posts, authors=9, hashtags=2, hours=hours)
        for rank, (key, number) in enumerate(sorted(counts.items(), key=lambda count: -count[1]), start=1):
            of_hours = [number if of == hour else 0 for of in range(HOURS)]
            DayCount.objects.create(
                day=row, language=language, rank=rank, key=key, hashtag=key, posts=number, authors=1, hours=of_hours
            )
    return row


def places(ranking) -> list[tuple[int, str, int, dict[str, int]]]:
    return [(place.rank, place.key, place.posts, place.networks) for place in ranking.top]


def group_of() -> DayGroup:
    return async_to_sync(selected_group)(None, Selection(), DAY)


@pytest.fixture
def two() -> None:
    """Cats lead on each network in turn; together birds lead, which lead on neither."""
    archive("bluesky", {"cats": 10, "birds": 9})
    archive("mastodon", {"dogs": 10, "birds": 9}, hour=13)


def test_without_a_choice_the_networks_of_a_date_are_added_up_and_another_source_stays_alone() -> None:
    archive("simulator", {"cats": 1}, DAY - timedelta(days=1))
    assert possible_sources(Selection(), ["simulator"]) == ("simulator",)
    assert possible_sources(Selection(), ["mastodon", "bluesky"]) == ALL
    assert possible_sources(Selection("x"), ["bluesky"]) == ("x",)
    assert possible_sources(Selection(networks=("x", "bluesky")), ["simulator"]) == ("bluesky", "x")
    assert possible_sources(Selection(), []) == ("simulator",)


def test_the_ranking_of_a_date_adds_up_networks_and_has_the_share_of_each(two: None) -> None:
    assert places(archived_ranking(["bluesky", "mastodon"], DAY, EVERYTHING, 2)) == [
        (1, "birds", 18, {"bluesky": 9, "mastodon": 9}),
        (2, "cats", 10, {"bluesky": 10}),
    ]
    alone = archived_ranking(["bluesky"], DAY, EVERYTHING, 1)
    assert (alone.posts, alone.top[0].key, bool(alone.top[0].networks)) == (100, "cats", False)
    assert archived_ranking(["bluesky", "mastodon"], DAY, EVERYTHING, 1).posts == 200


def test_authors_of_networks_add_up_unless_one_does_not_know_them(two: None) -> None:
    choice = parse_choice(["en"], by="authors")
    assert archived_ranking(["bluesky", "mastodon"], DAY, choice, 1).top[0].authors == 2
    DayCount.objects.filter(day__source="mastodon").update(authors=None)
    first = archived_ranking(["bluesky", "mastodon"], DAY, EVERYTHING, 1).top[0]
    assert (first.key, first.authors) == ("birds", None)


def test_the_winner_of_a_date_is_that_of_the_sum(two: None, hide) -> None:
    archive("bluesky", {"owls": 3}, DAY - timedelta(days=1))
    days = archived_days(["bluesky", "mastodon"], None, 9)
    assert [(day.date, day.source, day.posts, day.winner.key, day.winner.posts) for day in days] == [
        (DAY, "bluesky,mastodon", 200, "birds", 18),
        (DAY - timedelta(days=1), "bluesky", 100, "owls", 3),
    ]
    assert days[0].networks == {"bluesky": 100, "mastodon": 100}
    assert not days[1].networks
    hide("birds")
    assert archived_days(["bluesky", "mastodon"], None, 1)[0].winner.key == "cats"


def test_a_day_that_is_archived_again_has_its_new_winner(two: None) -> None:
    assert archived_days(["bluesky", "mastodon"], None, 1)[0].winner.key == "birds"
    Day.objects.filter(source="mastodon").delete()
    archive("mastodon", {"dogs": 50})
    assert archived_days(["bluesky", "mastodon"], None, 1)[0].winner.key == "dogs"


def test_a_minute_without_posts_is_a_gap_of_its_network_and_not_of_the_sum(two: None) -> None:
    day = async_to_sync(read_day)(None, group_of())
    assert [(source.source, source.first_post, source.gaps) for source in day.by_source] == [
        ("bluesky", "12:00", [("13:00", "24:00")]),
        ("mastodon", "13:00", [("14:00", "24:00")]),
    ]
    assert (day.first_post, day.gaps, day.posts, day.winner.key) == ("12:00", [("14:00", "24:00")], 200, "birds")
    assert [(language.language, language.posts, language.authors) for language in day.languages] == [
        ("*", 200, 18),
        ("en", 200, 18),
    ]
    assert [hour for hour, posts in enumerate(day.languages[0].hours) if posts] == [12, 13]


def test_gaps_are_shared_only_where_every_network_is_silent() -> None:
    assert shared_gaps([("00:00", [("01:00", "02:00")]), ("00:30", [("01:30", "03:00")])]) == [("01:30", "02:00")]
    assert shared_gaps([("00:00", [("01:00", "02:00")]), (None, [])]) == []
    assert shared_gaps([("02:00", []), ("03:00", [])]) == []


def test_a_hashtags_day_has_the_hours_the_languages_and_the_rank_of_the_sum(two: None) -> None:
    group = group_of()
    day = async_to_sync(read_hashtag_day_of)(None, group, "birds", ("*",))
    assert (day.posts, day.authors, day.networks, day.source) == (
        18,
        2,
        {"bluesky": 9, "mastodon": 9},
        "bluesky,mastodon",
    )
    assert (day.hours[12], day.hours[13], day.hours[11]) == (9, 9, None)
    of_each = async_to_sync(read_details_of)(None, group, "birds")
    details = async_to_sync(add_up_details)(None, group, of_each)
    assert (details.rank, details.by_language, details.final) == (1, [("en", 18)], True)
    assert [one.rank for one in of_each] == [2, 2]


def test_a_hashtag_that_one_network_may_have_left_out_has_at_least_the_posts_of_the_other(two: None) -> None:
    assert not async_to_sync(read_hashtag_day_of)(None, group_of(), "cats", ("*",)).at_least
    DayLanguage.objects.filter(day__source="mastodon").update(hashtags=STORED_RANKS + 1)
    assert async_to_sync(read_hashtag_day_of)(None, group_of(), "cats", ("*",)).at_least


def test_a_hashtags_past_days_add_up_networks_day_by_day(two: None) -> None:
    archive("bluesky", {"cats": 7, "birds": 2}, DAY - timedelta(days=1))
    found = hashtag_series(["bluesky", "mastodon"], "birds", "*", None, 9)
    assert [(day.date, day.rank, day.posts, day.networks) for day in found.days] == [
        (DAY, 1, 18, {"bluesky": 9, "mastodon": 9}),
        (DAY - timedelta(days=1), 2, 2, {"bluesky": 2}),
    ]
    assert found.source == "bluesky,mastodon"
    (alone,) = days_of_hashtag(["mastodon"], "birds", [DAY])
    assert (alone.rank, alone.posts, bool(alone.networks)) == (2, 9, False)


async def test_the_search_finds_the_hashtags_of_all_networks_with_their_sum() -> None:
    await sync_to_async(archive)("bluesky", {"cats": 10, "catnip": 9})
    await sync_to_async(archive)("mastodon", {"catnip": 9})
    found = await find_hashtags("cat", 9, Selection())
    assert [(hashtag.key, hashtag.posts, hashtag.source) for hashtag in found.hashtags] == [
        ("catnip", 18, "bluesky,mastodon"),
        ("cats", 10, "bluesky"),
    ]
    assert not found.is_elsewhere
    narrowed = await find_hashtags("cat", 9, Selection(networks=("mastodon",)))
    assert [(hashtag.key, hashtag.posts) for hashtag in narrowed.hashtags] == [("catnip", 9)]


async def test_open_days_are_added_up_and_one_that_is_archived_joins_an_open_one(
    stage: Stage,
) -> None:
    names = ("bluesky", "mastodon")
    today = stage.day
    for name, counts in (("bluesky", {"Cats": 10, "Birds": 9}), ("mastodon", {"Dogs": 10, "Birds": 9})):
        network = Stage(stage.client, name, running=names)
        network.count("*", counts, posts=50)
        network.count("en", counts, posts=50)
        network.show()
    async with open_redis() as redis:
        group = await selected_group(redis, Selection(), today)
        ranking = await read_day_ranking(redis, group, EVERYTHING, 1, NOW)
        assert places(ranking) == [(1, "birds", 18, {"bluesky": 9, "mastodon": 9})]
        assert (ranking.posts, ranking.final) == (100, False)
        assert await read_languages(redis, group) == {"*": 100, "en": 100}
        of_each = await read_details_of(redis, group, "birds")
        assert (await add_up_details(redis, group, of_each)).rank == 1
        # Mastodon closes its day first, is archived, and leaves Redis.
        await sync_to_async(archive)("mastodon", {"dogs": 10, "birds": 9}, today, posts=50)
        stage.client.delete(redis_names.posts("mastodon", today))
        group = await selected_group(redis, Selection(), today)
        assert (group.archived, group.in_redis) == (("mastodon",), ("bluesky",))
        mixed = await read_day_ranking(redis, group, EVERYTHING, 1, NOW)
        assert places(mixed) == [(1, "birds", 18, {"bluesky": 9, "mastodon": 9})]
        assert not mixed.final
        (listed,) = await list_days(redis, names, today, None, 9)
        assert (listed.posts, listed.winner.key, listed.final) == (100, "birds", False)
