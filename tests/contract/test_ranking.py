from datetime import UTC, datetime

import pytest

from contract import redis_names
from contract.ranking import RankedHashtag, few_authors, highest_counts, last_hour, ranks_by_key, set_rank_changes


def test_most_posts_come_first_and_equal_ones_by_key():
    counts = [("b", 2), ("a", 2), ("ä", 2), ("c", 9), ("d", 1)]
    assert highest_counts(counts) == [("c", 9), ("a", 2), ("b", 2), ("ä", 2), ("d", 1)]
    assert highest_counts(counts, limit=2) == [("c", 9), ("a", 2)]


@pytest.mark.parametrize(
    ("minute", "second", "posts"), [(0, 0, 110), (15, 0, 85), (30, 0, 60), (59, 59, 10), (45, 1, 35)]
)
def test_the_last_hour_is_this_hour_and_a_share_of_the_previous_one(minute, second, posts):
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
@pytest.mark.parametrize("source", ["simulator", "replay-a:b-now"])
def test_a_ranking_channel_names_its_source_window_and_language(source, window, language):
    channel = redis_names.ranking_channel(source, window, language)
    assert redis_names.source_window_and_language(channel) == (source, window, language)
    assert channel.startswith(redis_names.RANKING_CHANNELS.rstrip("*"))


def test_a_place_has_its_previous_rank_and_is_new_without_one():
    before = [RankedHashtag(1, "Tea", "tea", 9), RankedHashtag(2, "Milk", "milk", 5)]
    top = [RankedHashtag(1, "Milk", "milk", 12), RankedHashtag(2, "Cake", "cake", 11)]
    set_rank_changes(top, ranks_by_key(before))
    assert [(place.previous_rank, place.is_new) for place in top] == [(2, False), (None, True)]


def test_every_place_is_new_after_no_ranking():
    top = [RankedHashtag(1, "Tea", "tea", 9)]
    set_rank_changes(top, {})
    assert (top[0].previous_rank, top[0].is_new) == (None, True)
