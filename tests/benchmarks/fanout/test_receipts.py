"""How long frames took, of several processes."""

from benchmarks.fanout.receipts import Receipts


def noted(*microseconds):
    receipts = Receipts()
    for one in microseconds:
        receipts.note(one)
    return receipts


def test_a_percentile_is_what_so_many_did_not_exceed_to_a_tenth_of_a_millisecond():
    receipts = noted(*range(0, 100_000, 1_000))
    assert receipts.frames == 100
    assert receipts.percentile(0.5) == 49.1
    assert receipts.percentile(0.99) == 98.1
    assert receipts.percentile(1) == 99.1


def test_without_frames_there_is_no_percentile():
    assert noted().percentile(0.5) is None


def test_receipts_of_several_processes_add_up_over_the_wire():
    both = Receipts(noted(100, 100).as_buckets()) + noted(100, 5_000)
    assert both.as_buckets() == {"1": 3, "50": 1}
