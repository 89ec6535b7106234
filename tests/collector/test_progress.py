"""Which cursor may be committed."""

from collector.progress import Progress
from collector.sources.source import Batch
from tests.collector.made_up import steady


def test_the_cursor_stays_before_a_batch_with_a_held_post():
    progress = Progress({"at": 0})
    progress.read(Batch(steady(3), {"at": 3}, {"malformed": 1}))
    progress.read(Batch(steady(4), {"at": 7}, {"malformed": 2}))
    assert progress.decide(5) == (2, {"malformed": 1})
    assert progress.cursor == {"at": 3}
    assert progress.decide(7) == (0, {"malformed": 2})
    assert progress.cursor == {"at": 7}


def test_empty_batches_behind_a_held_post_take_no_room_and_lose_no_count():
    progress = Progress(None)
    progress.read(Batch(steady(2), {"at": 2}))
    for at in range(3, 1_000):
        progress.read(Batch([], {"at": at}, {"too_long": 1}))
    assert progress.decide(1) == (1, {})
    assert len(progress._batches) == 1
    assert progress.decide(2) == (0, {"too_long": 997})
    assert progress.cursor == {"at": 999}
