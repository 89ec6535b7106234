"""The rule for one hashtag: habits, small jumps, gaps, small languages, and its own volume."""

import pytest

from trendsite.trending.rule import (
    LEAST_MIN_COUNT,
    MIN_COUNT,
    Baseline,
    EarlierDay,
    Usage,
    expect,
    min_count,
    rises,
    score,
)

POSTS = 10_000.0
QUIET = Usage(20.0, POSTS)
BUSY = Usage(400.0, POSTS)
UNKNOWN = Usage(0.0, 0.0)


def days(busy: tuple[int, ...] = (), ago: range = range(1, 29), shift: int = 0) -> list[EarlierDay]:
    """Quiet days, busy ones among them: in this hour, or ``shift`` hours beside it."""
    found = []
    for number in ago:
        hours = [QUIET, QUIET, QUIET]
        if number in busy:
            hours[1 + shift] = BUSY
        found.append(EarlierDay(number, *hours))
    return found


def is_rising(count: float, earlier: list[EarlierDay], before: Usage = Usage(480.0, 24 * POSTS)) -> bool:  # noqa: B008
    baseline = Baseline(before, earlier, sum(day.same.posts for day in earlier))
    return rises(count, expect(Usage(count, POSTS), baseline).with_margin)


@pytest.mark.parametrize(
    ("busy", "is_trend"),
    [((), True), ((7,), True), ((7, 14), False), ((14, 28), False), ((7, 13), True)],
    ids=["first", "second", "third", "a week left out", "another weekday"],
)
def test_a_hashtag_of_every_thursday_stops_rising_after_two(busy, is_trend):
    assert is_rising(400, days(busy)) is is_trend


@pytest.mark.parametrize(("busy", "is_trend"), [((1,), True), ((1, 2), False), ((2, 4), False), ((4, 5), True)])
def test_what_two_of_the_last_four_days_reached_is_a_habit(busy, is_trend):
    assert is_rising(400, days(busy)) is is_trend


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_change_of_the_clocks_moves_no_habit(shift):
    assert not is_rising(400, days((7, 14), shift=shift))
    assert not is_rising(400, days((1, 2), shift=shift))


def test_days_ago_are_dates_so_a_missing_day_is_not_replaced_by_an_older_one():
    without_some = [day for day in days((6, 7, 14)) if day.ago not in {1, 2, 3}]
    assert not is_rising(400, without_some)
    assert is_rising(400, [day for day in without_some if day.ago != 14])


def test_more_than_a_habit_rises_all_the_same():
    assert is_rising(1_200, days((7, 14)))


@pytest.mark.parametrize("usual", [20.0, 200.0, 2_000.0])
@pytest.mark.parametrize(("times", "is_trend"), [(2.1, False), (4.0, True)])
def test_jumps_below_twice_and_a_bit_do_not_rise_however_large_the_hashtag_is(usual, times, is_trend):
    baseline = Baseline(Usage(24 * usual, 24 * 1_000_000.0))
    count = times * usual
    assert rises(count, expect(Usage(count, 1_000_000.0), baseline).with_margin) is is_trend


def test_a_burst_does_not_raise_its_own_expectation():
    baseline = Baseline(Usage(2_400.0, 24 * 1_000.0))
    quiet, burst = (expect(Usage(count, 900.0 + count), baseline) for count in (100.0, 5_000.0))
    assert burst.usual == pytest.approx(quiet.usual)


def test_a_hashtag_in_every_post_has_a_finite_expectation():
    assert expect(Usage(1_000.0, 1_000.0), Baseline(Usage(24_000.0, 24_000.0))).usual == pytest.approx(1_000.0)


@pytest.mark.parametrize("known", [QUIET, UNKNOWN])
def test_a_gap_an_hour_ago_or_on_earlier_days_changes_nothing(known):
    earlier = [EarlierDay(day.ago, day.earlier, known if day.ago % 3 else day.same, day.later) for day in days()]
    assert not is_rising(40, earlier, before=Usage(20 * 20.0, 20 * POSTS))
    assert is_rising(200, earlier, before=Usage(20 * 20.0, 20 * POSTS))


def test_nothing_rises_without_anything_to_compare_with():
    assert not is_rising(400, [], before=UNKNOWN)
    assert not is_rising(400, [EarlierDay(1, UNKNOWN, UNKNOWN, UNKNOWN)], before=UNKNOWN)


@pytest.mark.parametrize("hashtags", [20.0, 120.0, 1_000.0])
def test_a_new_hashtag_needs_the_same_multiple_of_the_minimum_in_every_language(hashtags):
    minimum = min_count(hashtags)
    baseline = Baseline(Usage(0.0, 24 * hashtags))
    expected = expect(Usage(0.0, hashtags), baseline, minimum).with_margin
    assert not rises(minimum, expected, minimum)
    assert rises(2 * minimum, expected, minimum)


def test_the_minimum_follows_the_root_of_how_many_hashtags_there_are():
    assert [min_count(hashtags) for hashtags in (0, 50, 700, 1_000)] == [
        LEAST_MIN_COUNT,
        LEAST_MIN_COUNT,
        MIN_COUNT,
        MIN_COUNT,
    ]
    assert min_count(175) == pytest.approx(MIN_COUNT / 2)


def test_a_computation_that_is_repeated_gives_the_same():
    baseline = Baseline(Usage(480.0, 24 * POSTS), days((7,)), 28 * POSTS)
    one, other = (expect(Usage(400.0, POSTS), baseline) for _ in range(2))
    assert one == other
    assert score(400.0, one.with_margin) == score(400.0, other.with_margin)
