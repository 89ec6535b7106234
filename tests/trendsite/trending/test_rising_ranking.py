"""Rising hashtags from a real Redis and a real database."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError
from msgspec import UNSET

from contract import redis_names
from contract.ranking import Companion, decode_ranking, encode_ranking
from tests.trendsite.stage import NOW
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage
from trendsite.queries.choice import parse_choice
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.redis_client import open_redis
from trendsite.trending import finder
from trendsite.trending.baseline import read_days
from trendsite.trending.finder import FRESH, process_finder
from trendsite.trending.rising_ranking import read_chosen_ranking

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
CLOCK = NOW + timedelta(minutes=40)


async def rising(stage, languages=("en",), limit=10, now=NOW):
    async with open_redis() as redis:
        choice = parse_choice(languages, "rising")
        return await read_chosen_ranking(redis, SourceDay(stage.source, stage.day), choice, limit, now)


def keys(ranking):
    return [place.key for place in ranking.top]


def count_morning(stage, language="en", posts=1_000, **counts):
    """Count six usual hours, up to two hours before noon."""
    for ago in range(2, 8):
        stage.count_hour(NOW - ago * HOUR, language, {"cats": 60, **counts}, posts)


def count_now(stage, language="en", **counts):
    """Count two thirds of the hour of noon, after a usual hour."""
    stage.count_hour(NOW - HOUR, language, {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, language, {"cats": 40, **counts}, posts=667)
    stage.show(CLOCK)


def set_authors(stage, hour, language="en", **authors):
    stage.client.zadd(redis_names.hour_authors(stage.source, hour.date(), hour.hour, language), authors)


@sync_to_async
def archive(stage, ago, language="en", posts=1_000, hashtags=2, **counts):
    """Archive a day of equal hours: all posts of an hour, and each hashtag's (posts, authors) of an hour."""
    day, _ = Day.objects.get_or_create(
        source=stage.source, date=stage.day - timedelta(days=ago), defaults={"archived_at": NOW}
    )
    DayLanguage.objects.create(day=day, language=language, posts=24 * posts, hashtags=hashtags, hours=[posts] * 24)
    for rank, (key, (of_hour, authors)) in enumerate({"cats": (60, 50), **counts}.items(), start=1):
        hours = {"hours": [of_hour] * 24, "hour_authors": None if authors is None else [authors] * 24}
        DayCount.objects.create(
            day=day, language=language, rank=rank, key=key, hashtag=key, posts=24 * of_hour, **hours
        )


async def test_a_burst_rises_and_says_why(stage):
    count_morning(stage)
    count_now(stage, Storm=50)
    ranking = await rising(stage)
    (storm,) = ranking.top
    assert (storm.hashtag, storm.key, storm.rank, storm.posts, storm.authors) == ("Storm", "storm", 1, 50, None)
    why = storm.why
    assert (why.observed, why.unit, why.language, why.peak_at) == (50, "posts", "en", CLOCK)
    assert why.expected == pytest.approx(1.4, abs=0.1)
    assert (why.usual, why.times) == (0.0, None)
    assert (why.words, why.details) == ("New", "50 posts in the last hour, usually none")
    assert why.score == pytest.approx((50 - why.expected) ** 2 / why.expected, rel=0.02)
    assert (ranking.window, ranking.posts, ranking.day) == ("rising", 1_000, stage.day)
    assert (ranking.compared.days, ranking.compared.hours) == (0, 7)
    assert decode_ranking(encode_ranking(ranking)) == ranking


async def test_authors_are_counted_where_they_are_known(stage):
    count_morning(stage)
    for ago in range(2, 8):
        set_authors(stage, NOW - ago * HOUR, cats=50)
    count_now(stage, storm=50, spam=400)
    set_authors(stage, NOW - HOUR, cats=50)
    set_authors(stage, NOW, cats=35, storm=45, spam=2)
    (storm,) = (await rising(stage)).top
    assert (storm.key, storm.posts, storm.authors) == ("storm", 50, 45)
    assert (storm.why.observed, storm.why.unit) == (45, "authors")


async def test_a_daily_habit_of_this_hour_is_not_rising(stage):
    count_morning(stage)
    count_now(stage, lunch=50, storm=50)
    for ago in (1, 2, 3):
        await archive(stage, ago, lunch=(60, None))
    ranking = await rising(stage)
    assert keys(ranking) == ["storm"]
    assert ranking.compared.days == 3


async def test_authors_are_compared_with_days_that_have_authors(stage):
    count_morning(stage)
    count_now(stage, lunch=50, storm=50)
    set_authors(stage, NOW - HOUR, cats=50)
    set_authors(stage, NOW, cats=35, storm=45, lunch=45)
    await archive(stage, 1, lunch=(60, 55), storm=(2, 1))
    await archive(stage, 2, lunch=(60, None), storm=(2, None), cats=(60, None))
    (storm,) = (await rising(stage)).top
    assert storm.key == "storm"
    assert storm.why.expected == pytest.approx(1 + 1.2 * 1.6, abs=0.1)


@pytest.mark.parametrize(("all_hashtags", "is_trend"), [(STORED_RANKS, True), (STORED_RANKS + 1, False)])
async def test_a_hashtag_beyond_the_stored_ranks_counts_as_much_as_the_last_rank(stage, all_hashtags, is_trend):
    count_morning(stage)
    count_now(stage, storm=50)
    await archive(stage, 1)
    last = {"rank": STORED_RANKS, "key": "last", "hashtag": "last", "posts": 24 * 60, "hours": [60] * 24}
    if all_hashtags > STORED_RANKS:
        await DayCount.objects.acreate(day=await Day.objects.aget(), language="en", **last)
    assert keys(await rising(stage)) == ["storm"] * is_trend


async def test_a_hashtag_beyond_the_hour_in_redis_counts_as_much_as_the_last_one(stage):
    crowd = {f"tag{number}": 61 for number in range(redis_names.HOUR_HASHTAGS)}
    for ago in range(1, 8):
        stage.count_hour(NOW - ago * HOUR, "en", crowd)
    stage.count_hour(NOW, "en", {**dict.fromkeys(crowd, 40), "storm": 50})
    stage.show(CLOCK)
    assert keys(await rising(stage)) == []


async def test_a_hashtag_rises_in_the_language_where_it_is_most_unusual(stage):
    for language in ("en", "es"):
        count_morning(stage, language)
    count_now(stage, "en", storm=5)
    count_now(stage, "es", storm=50, gol=30)
    ranking = await rising(stage, ("en", "es"))
    assert [(place.key, place.why.language, place.why.observed, place.posts) for place in ranking.top] == [
        ("storm", "es", 50, 55),
        ("gol", "es", 30, 30),
    ]
    assert keys(await rising(stage, ("en",))) == []


async def test_hidden_hashtags_are_not_rising_and_the_next_ones_move_up(stage, hide):
    count_morning(stage)
    count_now(stage, storm=50, flood=40, fire=30)
    assert keys(await rising(stage, limit=2)) == ["storm", "flood"]
    hide("st*")
    ranking = await rising(stage, limit=2)
    assert [(place.rank, place.key) for place in ranking.top] == [(1, "flood"), (2, "fire")]
    hide()
    assert keys(await rising(stage)) == ["storm", "flood", "fire"]


async def test_a_hashtag_hidden_in_one_language_rises_only_in_others(stage, hide):
    for language in ("de", "en"):
        count_morning(stage, language)
    count_now(stage, "de", gift=50)
    count_now(stage, "en", gift=40)
    hide("gift", language="de")
    assert keys(await rising(stage, ("de",))) == []
    assert keys(await rising(stage, ("de", "en"))) == []
    for languages in (("en",), ("*",)):
        (gift,) = (await rising(stage, languages)).top
        assert (gift.why.language, gift.why.observed) == ("en", 40)


async def test_rising_hashtags_of_few_authors_are_marked(stage):
    count_morning(stage)
    count_now(stage, storm=50, crew=400)
    set_authors(stage, NOW - HOUR, cats=50)
    set_authors(stage, NOW, cats=35, storm=45, crew=40)
    places = (await rising(stage)).top
    assert {place.key: place.few_authors for place in places} == {"storm": False, "crew": True}


async def test_a_language_just_switched_on_does_not_rise_in_all_languages(stage):
    count_morning(stage)
    count_now(stage, storm=50)
    stage.count_hour(NOW, "ja", {"猫": 900, "犬": 400}, posts=3_000)
    for ago in range(1, 8):
        stage.count_hour(NOW - ago * HOUR, "*", {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, "*", {"cats": 40, "storm": 50, "猫": 900, "犬": 400}, posts=3_667)
    for ago in (1, 2):
        await archive(stage, ago)
    assert keys(await rising(stage, ("*",))) == ["storm"]
    assert keys(await rising(stage, ("ja",))) == []


async def test_nothing_rises_without_anything_to_compare_with_and_the_note_says_so(stage):
    count_now(stage, storm=50)
    stage.client.delete(redis_names.hour_posts(stage.source, stage.day, NOW.hour - 1))
    ranking = await rising(stage)
    assert ranking.top == []
    assert (ranking.compared.days, ranking.compared.hours) == (0, 0)
    assert ranking.compared.works_from == NOW + HOUR
    assert ranking.note == ranking.compared.words
    assert ranking.note == "Rising works from 13:00 UTC on: it needs an hour of posts to compare with."
    other = await rising(stage, ("fo",))
    assert other.compared.works_from is UNSET
    assert other.note == "Rising needs an hour of posts to compare with: these languages have none yet."


async def test_an_empty_redis_has_nothing_rising(stage):
    ranking = await rising(stage, ("*",))
    assert (ranking.top, ranking.posts) == ([], 0)


async def test_a_peak_is_found_again_by_every_process_and_halves_every_four_hours(stage):
    count_morning(stage)
    count_now(stage, Storm=50)
    for ahead in (1, 2, 3, 4, 5):
        stage.count_hour(NOW + ahead * HOUR, "en", {"cats": 60}, posts=1_000)
    seen = []
    for ahead in (1, 5):
        stage.show(NOW + ahead * HOUR)
        process_finder.clear()
        ranking = await rising(stage)
        (storm,) = [*ranking.top, *ranking.fading]
        seen.append(storm)
    assert [storm.why.state for storm in seen] == ["rising", "fading"]
    assert [storm.why.peak_at for storm in seen] == [NOW + HOUR] * 2
    assert seen[1].why.score == pytest.approx(seen[0].why.score / 2, abs=0.1)
    assert [storm.posts for storm in seen] == [50, 0]
    assert seen[1].hashtag == "Storm"


async def test_a_peak_of_yesterday_is_not_compared_with_yesterday(stage):
    evening = stage.day - timedelta(days=1)
    stage.day = evening
    await archive(stage, 0, storm=(50, None))
    await archive(stage, 1)
    midnight = NOW + 12 * HOUR - timedelta(days=1)
    for ago in range(2, 8):
        stage.count_hour(midnight - ago * HOUR, "en", {"cats": 60}, posts=1_000)
    stage.count_hour(midnight - HOUR, "en", {"cats": 60, "storm": 50}, posts=1_000)
    stage.day = midnight.date()
    stage.show(midnight + 2 * HOUR)
    ranking = await rising(stage)
    assert (ranking.top, [place.key for place in ranking.fading]) == ([], ["storm"])


async def test_fading_hashtags_take_the_places_left(stage):
    count_morning(stage, gale=90, hail=80)
    for ago in range(3, 8):
        stage.count_hour(NOW - ago * HOUR, "en", {"cats": 60}, posts=1_000)
    count_now(stage, storm=50, flood=40)
    for limit, fading in ((10, ["gale", "hail"]), (3, ["gale"]), (2, []), (1, [])):
        ranking = await rising(stage, limit=limit)
        assert keys(ranking) == ["storm", "flood"][:limit]
        assert [place.key for place in ranking.fading] == fading
    assert [place.rank for place in (await rising(stage)).fading] == [3, 4]


async def test_a_hashtag_fading_in_one_language_and_rising_in_another_is_rising(stage):
    for language in ("en", "es"):
        count_morning(stage, language)
        count_now(stage, language)
    stage.count_hour(NOW - 3 * HOUR, "en", {"cats": 60, "storm": 300}, posts=1_000)
    count_now(stage, "es", storm=50)
    ranking = await rising(stage, ("en", "es"))
    assert (keys(ranking), ranking.fading) == (["storm"], [])
    assert [place.key for place in (await rising(stage, ("en",))).fading] == ["storm"]


async def test_hashtags_that_are_used_together_are_one_place(stage):
    count_morning(stage)
    vote_now(stage, gale=190)
    stage.pair("vote", ("election", 140, 140))
    stage.pair("gale", ("vote", 20, 20))
    ranking = await rising(stage)
    assert [(place.rank, place.hashtag) for place in ranking.top] == [(1, "gale"), (2, "Election")]
    assert ranking.top[0].together is UNSET
    assert ranking.top[1].together == [Companion("Vote", "vote")]
    assert decode_ranking(encode_ranking(ranking)) == ranking


async def test_hashtags_with_equal_counts_that_no_post_has_together_have_a_place_each(stage):
    count_morning(stage)
    vote_now(stage)
    assert keys(await rising(stage)) == ["election", "vote"]
    stage.pair("vote", ("election", 70, 150))
    assert keys(await rising(stage, now=NOW + FRESH)) == ["election", "vote"]


async def test_a_hidden_hashtag_is_no_companion(stage, hide):
    count_morning(stage)
    vote_now(stage)
    stage.pair("vote", ("election", 140, 140))
    hide("vote")
    (election,) = (await rising(stage)).top
    assert election.together is UNSET


async def test_hashtags_of_two_languages_that_are_used_together_are_one_place(stage):
    for language, key in (("en", "vote"), ("es", "voto")):
        count_morning(stage, language)
        stage.count_hour(NOW - HOUR, language, {"cats": 60, key: 90}, posts=1_000)
        stage.count_hour(NOW, language, {"cats": 40, key: 150}, posts=1_000)
    stage.count("*", {"vote": 240, "voto": 240})
    stage.show(CLOCK)
    assert keys(await rising(stage, ("en", "es"))) == ["vote", "voto"]
    stage.pair("voto", ("vote", 200, 200))
    assert keys(await rising(stage, ("en", "es"), now=NOW + FRESH)) == ["vote"]


def vote_now(stage, **others):
    """Two hashtags rise at noon, and others with the given posts."""
    stage.count_hour(NOW - HOUR, "en", {"cats": 60, "Vote": 90, "Election": 90}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 40, "Vote": 150, "Election": 150, **others}, posts=1_000)
    stage.count("*", {"Vote": 240, "Election": 240, **others})
    stage.show(CLOCK)


@pytest.mark.parametrize(("hashtags", "rising_keys"), [(5, ["storm"]), (redis_names.HOUR_HASHTAGS, [])])
async def test_a_language_with_few_hashtags_has_a_lower_minimum(stage, hashtags, rising_keys):
    crowd = {f"tag{number}": 1 for number in range(hashtags)}
    for ago in range(1, 8):
        stage.count_hour(NOW - ago * HOUR, "en", crowd, posts=1_000)
    stage.count_hour(NOW, "en", {**crowd, "storm": 8}, posts=1_000)
    stage.show(NOW + timedelta(minutes=59))
    assert keys(await rising(stage)) == rising_keys


async def test_several_sources_are_scored_one_by_one(stage):
    for source, storm in (("mastodon", 40), ("bluesky", 80)):
        stage.source = source
        count_morning(stage)
        count_now(stage, storm=storm)
    async with open_redis() as redis:
        found = await process_finder.find(redis, ["mastodon", "bluesky"], ("en",), CLOCK, NOW)
    assert [(one.scope.source, one.peak.key, one.peak.observed) for one in found.hashtags] == [("bluesky", "storm", 80)]


async def test_spikes_are_reused_for_a_moment(stage):
    count_morning(stage)
    count_now(stage, storm=50)
    await rising(stage)
    stage.count_hour(NOW, "en", {"cats": 40, "storm": 90}, posts=667)
    assert (await rising(stage)).top[0].why.observed == 50
    assert (await rising(stage, now=NOW + FRESH)).top[0].why.observed == 90


async def test_a_later_hashtag_is_compared_with_its_earlier_hours_too(stage):
    count_morning(stage, lunch=40)
    count_now(stage, storm=50)
    await rising(stage)
    stage.count_hour(NOW, "en", {"cats": 40, "storm": 50, "lunch": 45, "late": 60}, posts=667)
    assert keys(await rising(stage, now=NOW + FRESH)) == ["late", "storm"]


async def test_the_database_is_read_once_an_hour(stage, monkeypatch):
    reads = []
    monkeypatch.setattr(finder, "read_days", lambda *of: reads.append(of) or read_days(*of))
    count_morning(stage)
    count_now(stage, storm=50)
    for minutes in (0, 1, 2, 59):
        await rising(stage, now=NOW + timedelta(minutes=minutes))
    assert reads == [("simulator", "en", stage.day)]
    await rising(stage, now=NOW + timedelta(minutes=60))
    assert len(reads) == 2


async def test_without_the_database_hours_are_compared_with_the_hours_before(stage, monkeypatch):
    def is_away(*_of):
        reads.append(_of)
        raise DatabaseError

    reads = []
    monkeypatch.setattr(finder, "read_days", is_away)
    count_morning(stage)
    count_now(stage, storm=50)
    for seconds in (0, 10, 29):
        ranking = await rising(stage, now=NOW + timedelta(seconds=seconds))
        assert keys(ranking) == ["storm"]
        assert ranking.compared.days == 0
    assert len(reads) == 1
