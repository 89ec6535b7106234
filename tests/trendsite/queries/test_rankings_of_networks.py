"""Rankings over several networks: posts and authors add up, and each place knows its share from each network."""

import random
from collections import Counter
from datetime import timedelta

import msgspec
import pytest

from contract import redis_names
from contract.ranking import highest_counts
from tests.trendsite.stage import NOW, TODAY, Stage
from trendsite.queries.choice import EVERYTHING, Choice
from trendsite.queries.pipeline_status import Shown
from trendsite.queries.rankings import AUTHORS_DO_NOT_ADD_UP, read_posts_by_language, read_ranking
from trendsite.queries.redis_client import open_redis

BOTH = ("bluesky", "mastodon")
SHOWN = Shown(BOTH, TODAY)


@pytest.fixture
def networks(stage):
    return [Stage(stage.client, name) for name in BOTH]


async def ranking(choice=EVERYTHING, shown=SHOWN, limit=10):
    async with open_redis() as redis:
        return await read_ranking(redis, shown, choice, limit, NOW)


def authors(stage, language, estimates):
    stage.client.zadd(redis_names.authors(stage.source, stage.day, language), estimates)


@pytest.mark.parametrize("limit", [1, 10, 50])
async def test_posts_of_networks_are_summed_exactly_ties_included(networks, limit):
    numbers, sums = random.Random(limit), Counter()
    for stage in networks:
        counts = {f"tag{tag}": numbers.randint(1, 30) for tag in numbers.sample(range(800), 500)}
        stage.count("*", counts)
        sums.update(counts)
    top = (await ranking(limit=limit)).top
    assert [(place.key, place.posts) for place in top] == highest_counts(sums.items(), limit)
    assert all(sum(place.networks.values()) == place.posts for place in top)


async def test_each_place_has_its_posts_from_each_network_that_has_some(networks):
    bluesky, mastodon = networks
    bluesky.count("*", {"Caturday": 61, "only": 5}, posts=100)
    mastodon.count("*", {"caturday": 39}, posts=50)
    of_both = await ranking()
    assert of_both.posts == 150
    assert [place.networks for place in of_both.top] == [{"bluesky": 61, "mastodon": 39}, {"bluesky": 5}]
    assert of_both.top[0].hashtag == "Caturday"


async def test_one_network_has_no_shares(networks):
    networks[0].count("*", {"cats": 3})
    networks[1].count("*", {"cats": 4})
    chosen = await ranking(Choice("day", ("*",), networks=("mastodon",)))
    assert [(place.posts, place.networks) for place in chosen.top] == [(4, msgspec.UNSET)]
    assert chosen.networks == ["mastodon"]


async def test_distinct_authors_add_up_over_networks_but_not_over_languages(networks):
    for stage, people in zip(networks, (30, 12), strict=True):
        stage.count("en", {"cats": 60, "dogs": 70})
        authors(stage, "en", {"cats": people, "dogs": 1})
    by_authors = await ranking(Choice("day", ("en",), by="authors"))
    places = [(place.key, place.authors, place.posts) for place in by_authors.top]
    assert places == [("cats", 42, 120), ("dogs", 2, 140)]
    assert [place.few_authors for place in by_authors.top] == [False, True]
    by_posts = await ranking(Choice("day", ("en",)))
    assert [(place.key, place.authors) for place in by_posts.top] == [("dogs", 2), ("cats", 42)]
    assert (await ranking(Choice("day", ("en", "es"), by="authors"))).note == AUTHORS_DO_NOT_ADD_UP


async def test_a_network_on_an_older_day_adds_nothing_to_today(networks, stage):
    networks[0].count("*", {"today": 3})
    Stage(stage.client, "mastodon", TODAY - timedelta(days=1)).count("*", {"yesterday": 500})
    assert [place.key for place in (await ranking()).top] == ["today"]


async def test_the_last_hour_of_all_networks_is_before_the_newest_of_their_clocks(networks):
    bluesky, mastodon = networks
    bluesky.show(NOW.replace(hour=12, minute=30))
    mastodon.show(NOW.replace(hour=11, minute=50))
    for stage in networks:
        stage.count_hour(NOW.replace(hour=11), "*", {"cats": 10})
    bluesky.count_hour(NOW.replace(hour=12), "*", {"cats": 3})
    (cats,) = (await ranking(Choice("hour", ("*",)))).top
    assert (cats.posts, cats.networks) == (3 + 5 + 5, {"bluesky": 8, "mastodon": 5})


async def test_a_chosen_network_that_does_not_run_has_an_empty_ranking(networks):
    networks[0].count("*", {"cats": 3})
    for window in ("day", "hour"):
        empty = await ranking(Choice(window, ("*",), networks=("x",)))
        assert (empty.top, empty.posts, empty.day) == ([], 0, TODAY)
    by_authors = await ranking(Choice("day", ("*",), by="authors", networks=("x",)))
    assert (by_authors.top, by_authors.note) == ([], "")


async def test_a_hidden_hashtag_is_hidden_in_the_sum_of_all_networks(networks, hide):
    for stage in networks:
        stage.count("*", {"spam": 100, "cats": 3})
    hide("spam")
    assert [place.key for place in (await ranking()).top] == ["cats"]


async def test_the_posts_of_each_language_add_up_over_the_networks(networks):
    networks[0].count("en", {}, posts=3)
    networks[1].count("en", {}, posts=4)
    networks[1].count("ja", {}, posts=9)
    async with open_redis() as redis:
        assert list((await read_posts_by_language(redis, SHOWN)).items()) == [("ja", 9), ("en", 7)]
        assert await read_posts_by_language(redis, SHOWN.chosen(["bluesky"])) == {"en": 3}
