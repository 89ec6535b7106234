"""Trendsite beside its peers."""

from benchmarks.peers.board import groups_of
from benchmarks.peers.contest import BYTEWAX, CLASSIC, compared
from benchmarks.results import Figure, at_least

OURS = Figure("ceiling", "20% tagged: sustained", 150_000.0, "posts/s")


def test_trendsite_should_be_twenty_times_the_classic_design_and_ahead_of_the_others():
    found = compared(
        [OURS, Figure("peers", CLASSIC, 5_000.0, "posts/s"), Figure("peers", BYTEWAX, 60_000.0, "posts/s")]
    )
    assert [(figure.value, figure.target) for figure in found] == [(30.0, at_least(20)), (2.5, at_least(1))]


def test_nothing_is_compared_with_a_peer_that_could_not_run_or_without_our_own_figure():
    assert compared([OURS, Figure("peers", BYTEWAX, None, "posts/s")]) == []
    assert compared([Figure("peers", BYTEWAX, 60_000.0, "posts/s")]) == []


def test_a_post_counts_in_its_language_and_in_all_once_per_hashtag():
    line = b'{"created_at":"2026-01-05T10:00:00Z","lang":"en","hashtags":["Cup","CUP"]}'
    day = "2026-01-05"
    assert sorted(groups_of(line)) == [(day, "*", ""), (day, "*", "cup"), (day, "en", ""), (day, "en", "cup")]
