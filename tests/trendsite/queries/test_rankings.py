"""Rankings from the sorted sets, against the contract's own order over all counts."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from contract import redis_names
from contract.ranking import highest_counts
from tests.trendsite.stage import NOW
from trendsite.queries.choice import PUBLISHED_WINDOWS, Choice
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.rankings import read_ranking
from trendsite.queries.redis_client import open_redis


async def ranking(stage, languages, limit=10, window="day", by="posts"):
    async with open_redis() as redis:
        shown = SourceDay(stage.source, stage.day)
        return await read_ranking(redis, shown, Choice(window, languages, by=by), limit, NOW)


async def top(stage, languages, limit=10, window="day"):
    places = (await ranking(stage, languages, limit, window)).top
    assert [place.rank for place in places] == list(range(1, len(places) + 1))
    return [(place.key, place.posts) for place in places]


def random_counts(seed, size, highest):
    numbers = random.Random(seed)
    letters = "abcxyzäßÿ日本かなعرب😀"
    tags = {"".join(numbers.choices(letters, k=numbers.randint(1, 4))).casefold() for _ in range(size)}
    return {tag: numbers.randint(1, highest) for tag in sorted(tags)}


def bytes_sent(stage):
    return stage.client.info("stats")["total_net_output_bytes"]


@pytest.mark.parametrize("limit", [1, 10, 100, 1_000])
@pytest.mark.parametrize("highest", [1, 3, 1_000])
async def test_one_language_is_ranked_exactly_ties_included(stage, limit, highest):
    counts = random_counts(limit + highest, 700, highest)
    stage.count("en", counts)
    assert await top(stage, ("en",), limit) == highest_counts(counts.items(), limit)


@pytest.mark.parametrize("limit", [1, 10, 100, 1_000])
@pytest.mark.parametrize("highest", [1, 3, 1_000])
async def test_several_languages_are_summed_exactly_ties_included(stage, limit, highest):
    sums = Counter()
    for seed, language in enumerate(("en", "es", "ja")):
        counts = random_counts(seed, 400, highest)
        stage.count(language, counts)
        sums.update(counts)
    assert await top(stage, ("en", "es", "ja"), limit) == highest_counts(sums.items(), limit)


async def test_a_hashtag_that_leads_in_no_language_can_lead_in_all(stage):
    heads = {"en": 100, "es": 99}
    for language, posts in heads.items():
        stage.count(language, {f"{language}{number}": posts for number in range(50)} | {"everywhere": 60})
    assert (await top(stage, ("en", "es"), 1)) == [("everywhere", 120)]


async def test_one_language_never_reads_the_whole_set(stage):
    stage.count("en", {f"tag{number:05}": 1 for number in range(20_000)})
    before = bytes_sent(stage)
    await top(stage, ("en",))
    assert bytes_sent(stage) - before < 20_000


async def test_the_total_counts_untagged_posts_and_the_spelling_is_the_stored_one(stage):
    stage.count("en", {"WorldCup": 3}, posts=10)
    stage.count("es", {}, posts=5)
    of_day = await ranking(stage, ("en", "es"))
    assert of_day.posts == 15
    assert [place.hashtag for place in of_day.top] == ["WorldCup"]


@pytest.mark.parametrize("window", PUBLISHED_WINDOWS)
async def test_without_posts_a_ranking_is_empty(stage, window):
    assert await top(stage, ("en",), window=window) == []
    assert await top(stage, ("en", "es"), window=window) == []


async def test_known_authors_are_given_and_never_added_up(stage):
    stage.count("en", {"cats": 5, "dogs": 4})
    stage.count("es", {"cats": 1})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), {"cats": 3})
    assert [place.authors for place in (await ranking(stage, ("en",))).top] == [3, None]
    assert [place.authors for place in (await ranking(stage, ("en", "es"))).top] == [None, None]


@pytest.mark.parametrize("languages", [("en",), ("en", "es")])
@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_hashtags_below_a_hidden_one_move_up_and_the_ranking_stays_complete(stage, hide, languages, limit):
    sums = Counter()
    for seed, language in enumerate(languages):
        counts = random_counts(seed, 400, 20)
        stage.count(language, counts)
        sums.update(counts)
    hidden = [key for key, _ in highest_counts(sums.items(), 12)]
    hide(*hidden, "a*")
    left = {key: posts for key, posts in sums.items() if key not in hidden and not key.startswith("a")}
    assert await top(stage, languages, limit) == highest_counts(left.items(), limit)


async def test_a_ranking_with_everything_hidden_is_empty_and_still_counts_all_posts(stage, hide):
    stage.count("en", {f"buy{number}": 1 for number in range(700)})
    hide("buy*")
    of_day = await ranking(stage, ("en",))
    assert (of_day.top, of_day.posts) == ([], 700)


async def test_by_authors_the_hashtag_with_most_authors_is_first_and_few_authors_are_marked(stage):
    stage.count("en", {"spam": 90, "cats": 40, "dogs": 40})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), {"spam": 3, "cats": 31, "dogs": 30})
    by_posts, by_authors = await ranking(stage, ("en",)), await ranking(stage, ("en",), by="authors")
    assert [place.key for place in by_posts.top] == ["spam", "cats", "dogs"]
    assert [place.few_authors for place in by_posts.top] == [True, False, False]
    assert [(place.key, place.posts, place.authors) for place in by_authors.top] == [
        ("cats", 40, 31),
        ("dogs", 40, 30),
        ("spam", 90, 3),
    ]
    assert (by_authors.by, by_authors.note) == ("authors", "")


async def test_by_authors_the_last_hour_is_weighted_like_posts(stage):
    for hours_ago, counts, authors in ((0, {"cats": 4, "dogs": 9}, 3), (1, {"cats": 40}, 20)):
        hour = NOW - timedelta(hours=hours_ago)
        stage.count_hour(hour, "en", counts)
        name = redis_names.hour_authors(stage.source, hour.date(), hour.hour, "en")
        stage.client.zadd(name, dict.fromkeys(counts, authors))
    stage.show(NOW + timedelta(minutes=30))
    of_hour = await ranking(stage, ("en",), window="hour", by="authors")
    assert [(place.key, place.posts, place.authors) for place in of_hour.top] == [("cats", 24, 13), ("dogs", 9, 3)]


@pytest.mark.parametrize("window", PUBLISHED_WINDOWS)
async def test_a_ranking_whose_authors_are_unknown_or_do_not_add_up_is_by_posts_with_a_note(stage, window):
    for language in ("en", "es"):
        stage.count(language, {"cats": 2, "dogs": 1})
        stage.count_hour(NOW, language, {"cats": 2, "dogs": 1})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "es"), {"dogs": 1})
    stage.show()
    unknown = await ranking(stage, ("en",), window=window, by="authors")
    merged = await ranking(stage, ("en", "es"), window=window, by="authors")
    assert [place.key for place in unknown.top] == [place.key for place in merged.top] == ["cats", "dogs"]
    assert (unknown.by, merged.by) == ("posts", "posts")
    assert "not known" in unknown.note
    assert "do not add up" in merged.note
