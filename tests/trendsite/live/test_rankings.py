"""Rankings from the sorted sets, against the contract's own order over all counts."""

import random
from collections import Counter

import pytest

from contract import redis_names
from contract.ranking import order
from tests.trendsite.conftest import NOW
from trendsite.live.connection import open_redis
from trendsite.live.pipeline import Shown
from trendsite.live.rankings import read_ranking


async def top(stage, languages, limit=10):
    async with open_redis() as redis:
        ranking = await read_ranking(redis, Shown(stage.source, stage.day), languages, limit, NOW)
    assert [place.rank for place in ranking.top] == list(range(1, len(ranking.top) + 1))
    return [(place.key, place.posts) for place in ranking.top]


def random_counts(seed, size, highest):
    numbers = random.Random(seed)
    letters = "abcxyzäßÿ日本かなعرب😀"
    tags = {"".join(numbers.choices(letters, k=numbers.randint(1, 4))).casefold() for _ in range(size)}
    return {tag: numbers.randint(1, highest) for tag in sorted(tags)}


@pytest.mark.parametrize("limit", [1, 10, 100, 1_000])
@pytest.mark.parametrize("highest", [1, 3, 1_000])
async def test_one_language_is_ranked_exactly_ties_included(stage, limit, highest):
    counts = random_counts(limit + highest, 700, highest)
    stage.count("en", counts)
    assert await top(stage, ("en",), limit) == order(counts.items(), limit)


@pytest.mark.parametrize("limit", [1, 10, 100, 1_000])
@pytest.mark.parametrize("highest", [1, 3, 1_000])
async def test_several_languages_are_summed_exactly_ties_included(stage, limit, highest):
    sums = Counter()
    for seed, language in enumerate(("en", "es", "ja")):
        counts = random_counts(seed, 400, highest)
        stage.count(language, counts)
        sums.update(counts)
    assert await top(stage, ("en", "es", "ja"), limit) == order(sums.items(), limit)


async def test_a_hashtag_that_leads_nowhere_may_lead_in_all(stage):
    heads = {"en": 100, "es": 99}
    for language, posts in heads.items():
        stage.count(language, {f"{language}{number}": posts for number in range(50)} | {"everywhere": 60})
    assert (await top(stage, ("en", "es"), 1)) == [("everywhere", 120)]


async def test_one_language_never_reads_the_whole_set(stage):
    stage.count("en", {f"tag{number:05}": 1 for number in range(20_000)})
    before = stage.client.info("stats")["total_net_output_bytes"]
    await top(stage, ("en",))
    assert stage.client.info("stats")["total_net_output_bytes"] - before < 20_000


async def test_the_total_counts_untagged_posts_and_the_spelling_is_the_stored_one(stage):
    stage.count("en", {"WorldCup": 3}, posts=10)
    stage.count("es", {}, posts=5)
    stage.client.hdel(redis_names.spellings(stage.source, stage.day), "nothing")
    async with open_redis() as redis:
        ranking = await read_ranking(redis, Shown(stage.source, stage.day), ("en", "es"), 10, NOW)
    assert ranking.posts == 15
    assert [place.hashtag for place in ranking.top] == ["WorldCup"]


async def test_a_day_without_posts_is_empty(stage):
    assert await top(stage, ("en",)) == []
    assert await top(stage, ("en", "es")) == []
