"""From numbers of posts seen to how long each post took."""

import pytest

from benchmarks.observers import Delay, Seen, delays, percentile, posts_by, rate_of

ARRIVED = [Seen(1.0, 10), Seen(2.0, 30), Seen(3.0, 40)]
ALWAYS = (0.0, 100.0)


def test_a_post_is_counted_by_the_first_ranking_of_its_number_or_more():
    assert delays([Seen(1.0, 10)], [Seen(1.25, 10)], *ALWAYS) == [Delay(0.25, 10)]
    assert delays([Seen(1.0, 10)], [Seen(1.25, 25)], *ALWAYS) == [Delay(0.25, 10)]


def test_posts_that_arrived_together_may_be_counted_by_two_rankings():
    assert delays([Seen(1.0, 10)], [Seen(1.5, 4), Seen(2.0, 10)], *ALWAYS) == [Delay(0.5, 4), Delay(1.0, 6)]


def test_one_ranking_may_count_several_arrivals():
    assert delays(ARRIVED, [Seen(4.0, 40)], *ALWAYS) == [Delay(3.0, 10), Delay(2.0, 20), Delay(1.0, 10)]


def test_only_posts_that_arrived_in_the_time_watched_are_measured():
    assert delays(ARRIVED, [Seen(4.0, 40)], 2.0, 3.0) == [Delay(2.0, 20)]


def test_posts_that_no_ranking_counts_are_left_out():
    assert sum(delay.posts for delay in delays(ARRIVED, [Seen(4.0, 35)], *ALWAYS)) == 35
    assert delays(ARRIVED, [], *ALWAYS) == []


def test_rankings_before_the_first_arrival_change_nothing():
    counted = [Seen(0.5, 0), Seen(1.5, 10), Seen(3.5, 40)]
    assert delays(ARRIVED, counted, *ALWAYS) == [Delay(0.5, 10), Delay(1.5, 20), Delay(0.5, 10)]


def test_a_percentile_weighs_each_delay_by_its_posts():
    found = [Delay(9.0, 1), Delay(1.0, 98), Delay(5.0, 1)]
    assert [percentile(found, share) for share in (0.5, 0.98, 0.99, 1.0)] == [1.0, 1.0, 5.0, 9.0]


def test_no_posts_have_no_percentile():
    assert percentile([], 0.5) is None


def test_posts_by_a_moment_are_those_of_the_last_step_before_it():
    assert [posts_by(ARRIVED, moment) for moment in (0.5, 1.0, 2.9, 9.0)] == [0, 10, 30, 40]


def test_a_rate_needs_two_steps():
    assert rate_of(ARRIVED) == pytest.approx(15.0)
    assert rate_of(ARRIVED[:1]) is None
