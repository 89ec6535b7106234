from datetime import UTC, datetime

import pytest

from contract import redis_names
from contract.ranking import few_authors, last_hour, order


def test_most_posts_come_first_and_equal_ones_by_key():
    counts = [("b", 2), ("a", 2), ("ä", 2), ("c", 9), ("d", 1)]
    assert order(counts) == [("c", 9), ("a", 2), ("b", 2), ("ä", 2), ("d", 1)]
    assert order(counts, limit=2) == [("c", 9), ("a", 2)]


@pytest.mark.parametrize(
    ("minute", "second", "posts"), [(0, 0, 110), (15, 0, 85), (30, 0, 60), (59, 59, 10), (45, 1, 35)]
)
def test_the_last_hour_is_this_one_and_what_is_left_of_the_one_before(minute, second, posts):
    clock = datetime(2026, 11, 22, 12, minute, second, 999_999, tzinfo=UTC)
    assert last_hour(10, 100, clock) == posts


def test_a_last_hour_never_falls_when_a_count_rises():
    for minute in range(60):
        clock = datetime(2026, 11, 22, 12, minute, tzinfo=UTC)
        hours = [last_hour(0, before, clock) for before in range(200)]
        assert hours == sorted(hours)


@pytest.mark.parametrize(
    ("posts", "authors", "expected"),
    [(20, 4, True), (20, 5, False), (19, 1, False), (1_000, 200, True), (1_000, 201, False), (1_000, None, False)],
)
def test_few_authors_make_most_from_twenty_posts_and_five_each(posts, authors, expected):
    assert few_authors(posts, authors) is expected


@pytest.mark.parametrize("window", ["day", "hour"])
@pytest.mark.parametrize("language", ["*", "en"])
def test_a_ranking_channel_says_whose_rankings_it_carries(window, language):
    channel = redis_names.ranking_channel(window, language)
    assert redis_names.window_and_language(channel) == (window, language)
    assert channel.startswith(redis_names.RANKING_CHANNELS.rstrip("*"))
