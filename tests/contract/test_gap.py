"""Gaps: joined, split and bounded."""

from datetime import UTC, date, datetime, timedelta

from contract.gap import MAX_GAPS_OF_DAY, MAX_REASON_CHARACTERS, SEVERAL_REASONS, Gap, gaps_of, with_gaps

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LOST = "connection lost"


def gap(start: float, end: float, reason: str = LOST, times: int = 1) -> Gap:
    """A gap from so many to so many minutes after noon."""
    return Gap(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end), reason, times)


def test_gaps_are_in_order():
    assert with_gaps([gap(5, 6)], [gap(1, 2), gap(8, 9)]) == (gap(1, 2), gap(5, 6), gap(8, 9))


def test_a_gap_that_grows_stays_one():
    gaps = with_gaps([], [gap(1, 2)])
    for end in (3, 4, 3):
        gaps = with_gaps(gaps, [gap(1, end)])
    assert gaps == (gap(1, 4),)


def test_a_gap_over_midnights_is_one_of_each_day():
    pieces = with_gaps([], [Gap(NOON, NOON + timedelta(days=2), LOST)])
    midnights = [NOON.replace(hour=0) + timedelta(days=day) for day in (1, 2)]
    assert pieces == (
        Gap(NOON, midnights[0], LOST),
        Gap(midnights[0], midnights[1], LOST),
        Gap(midnights[1], NOON + timedelta(days=2), LOST),
    )
    assert gaps_of(midnights[0].date(), pieces) == [pieces[1]]


def test_a_gap_since_1970_has_one_piece_a_day():
    pieces = with_gaps([gap(5, 6)], [Gap(datetime(1970, 1, 1, tzinfo=UTC), NOON, LOST)])
    assert len(pieces) == (NOON.date() - date(1970, 1, 1)).days + 2
    assert (pieces[0].start, pieces[-1]) == (datetime(1970, 1, 1, tzinfo=UTC), gap(5, 6))


def test_a_gap_that_ends_at_midnight_is_of_one_day():
    until_midnight = Gap(NOON, NOON.replace(hour=0) + timedelta(days=1), LOST)
    assert with_gaps([], [until_midnight]) == (until_midnight,)


def test_a_gap_has_whole_seconds_and_a_short_reason():
    moment = NOON + timedelta(seconds=1.7)
    assert with_gaps([], [Gap(moment, moment, "a" * 500)]) == (
        Gap(NOON + timedelta(seconds=1), NOON + timedelta(seconds=1), "a" * MAX_REASON_CHARACTERS),
    )


def test_beyond_the_bound_the_nearest_neighbours_become_one():
    gaps = [gap(10 * i, 10 * i + 1) for i in range(MAX_GAPS_OF_DAY)]
    joined = with_gaps(gaps, [gap(54, 55, "silence"), gap(95, 96)])
    assert len(joined) == MAX_GAPS_OF_DAY
    assert sum(each.times for each in joined) == MAX_GAPS_OF_DAY + 2
    assert gap(50, 55, SEVERAL_REASONS, 2) in joined
    assert gap(90, 96, LOST, 2) in joined


def test_a_thousand_gaps_of_a_day_stay_bounded():
    gaps: tuple[Gap, ...] = ()
    for minute in range(0, 700):
        gaps = with_gaps(gaps, [gap(minute, minute + 0.5)])
    assert len(gaps) == MAX_GAPS_OF_DAY
    assert sum(each.times for each in gaps) == 700
