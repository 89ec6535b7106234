"""The limits of viewers and their messages."""

import pytest

from trendsite.board.live.limits import BURST_MESSAGES, MESSAGES_PER_SECOND, RefusedError, TokenBucket, ViewerLimits


def test_an_address_reaches_its_limit_and_may_connect_again_when_one_leaves():
    limits = ViewerLimits(max_total=10, max_per_address=2)
    limits.enter("a")
    limits.enter("a")
    with pytest.raises(RefusedError, match="2 viewers of your address"):
        limits.enter("a")
    limits.enter("b")
    limits.leave("a")
    limits.enter("a")


def test_a_full_process_refuses_every_address():
    limits = ViewerLimits(max_total=1, max_per_address=1)
    limits.enter("a")
    with pytest.raises(RefusedError) as refusal:
        limits.enter("b")
    assert (refusal.value.kind, refusal.value.code) == ("full", 1013)


def test_a_burst_of_messages_is_allowed_and_then_a_steady_rate():
    bucket = TokenBucket(now=0.0)
    for _ in range(BURST_MESSAGES):
        bucket.take(0.0)
    with pytest.raises(RefusedError, match="at most"):
        bucket.take(0.9 / MESSAGES_PER_SECOND)
    bucket.take(1.8 / MESSAGES_PER_SECOND)


def test_a_long_pause_refills_no_more_than_one_burst():
    bucket = TokenBucket(now=0.0)
    for _ in range(BURST_MESSAGES):
        bucket.take(1e6)
    with pytest.raises(RefusedError):
        bucket.take(1e6)
