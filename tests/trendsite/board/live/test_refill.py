"""When sums wait for a source whose counts Redis lacks."""

from datetime import UTC, datetime

import pytest

from contract.redis_names import REBUILDING
from trendsite.board.live.refill import LONGEST_WAIT_SECONDS, Refill
from trendsite.queries.pipeline_status import PipelineStatus, SourceStatus

CLOCK = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def refill(clock):
    return Refill(clock)


def counted(mark):
    return {"clock": CLOCK, "mark": mark}


WHOLE, LOST, UNCOUNTED = counted(500), counted(None), {}
FILLED = {"mark": REBUILDING}


def state(**sources):
    return PipelineStatus(redis=True, running=tuple(SourceStatus(name, **parts) for name, parts in sources.items()))


def test_a_source_that_was_counted_and_is_not_whole_is_lacking(refill):
    refill.note(state(bluesky=WHOLE, mastodon=WHOLE))
    assert refill.lacking == set()
    refill.note(state(bluesky=WHOLE, mastodon=LOST))
    assert refill.lacking == {"mastodon"}
    refill.note(state(bluesky=WHOLE, mastodon=WHOLE))
    assert refill.lacking == set()


def test_a_flushed_redis_lacks_everything_that_was_counted(refill):
    refill.note(state(bluesky=WHOLE, mastodon=WHOLE))
    refill.note(state())
    assert refill.lacking == {"bluesky", "mastodon"}


def test_a_source_is_lacking_while_it_is_filled_even_if_this_process_never_saw_its_counts(refill):
    refill.note(state(bluesky=WHOLE, mastodon=FILLED))
    assert refill.lacking == {"mastodon"}
    refill.note(state(bluesky=WHOLE, mastodon=WHOLE))
    assert refill.lacking == set()


def test_a_network_without_a_first_post_is_not_waited_for(refill):
    refill.note(state(bluesky=WHOLE, mastodon=UNCOUNTED))
    assert refill.lacking == set()


def test_a_redis_that_names_only_some_of_its_sources_lacks_the_others(refill):
    refill.note(state(bluesky=WHOLE, mastodon=WHOLE))
    refill.note(state(bluesky=WHOLE))
    assert refill.lacking == {"mastodon"}


def test_a_network_that_does_not_come_back_is_not_waited_for_without_end(refill, clock):
    refill.note(state(bluesky=WHOLE, mastodon=WHOLE))
    refill.note(state(bluesky=WHOLE, mastodon=LOST))
    clock.now += LONGEST_WAIT_SECONDS
    refill.note(state(bluesky=WHOLE, mastodon=LOST))
    assert refill.lacking == set()
