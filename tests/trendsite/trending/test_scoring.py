"""Synthetic streams with the noise of real ones: what only looks like a trend is none, and a burst is one."""

import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from contract.ranking import share_left
from tests.trendsite.trending.series import MIDNIGHT, NO_DAYS, Minutes, counted_hours, earlier_days, rising
from trendsite.trending.rule import MIN_COUNT, Baseline, Usage, expect, rises
from trendsite.trending.scoring import (
    DAYS,
    HALF_LIFE,
    HOUR,
    DayHours,
    EarlierDays,
    HourCounts,
    PeriodCounts,
    Spike,
    spikes_at_clock,
    spikes_at_hour_end,
    usual_by_hour,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HASHTAGS = [f"tag{number}" for number in range(300)]
WEIGHTS = [1 / (number + 1) for number in range(300)]
STEADY = 40.0


def daily_rhythm(moment: datetime) -> float:
    """Posts a minute: five times as many in the afternoon as before dawn."""
    return 40 + 27 * math.sin((moment.hour * 60 + moment.minute - 540) / 1440 * 2 * math.pi)


def stream(
    first: datetime,
    last: datetime,
    posts: Callable[[datetime], float] = lambda _: STEADY,
    more: Callable[[datetime], dict[str, float]] = lambda _: {},
    seed: int = 1,
) -> Minutes:
    """Return a stream with about ``posts`` a minute, of one hashtag each, and the hashtags of ``more`` beside them."""
    chance = random.Random(seed)
    minutes: Minutes = {}
    for number in range(int((last - first) / MINUTE)):
        moment = first + number * MINUTE
        counted = Counter(chance.choices(HASHTAGS, WEIGHTS, k=poisson(chance, posts(moment))))
        counted.update({key: poisson(chance, mean) for key, mean in more(moment).items()})
        if counted.total():
            minutes[moment] = (counted.total(), +counted)
    return minutes


def poisson(chance: random.Random, mean: float) -> int:
    """A random number of independent events, ``mean`` on average."""
    number, left = 0, chance.expovariate(1)
    while left < mean:
        number, left = number + 1, left + chance.expovariate(1)
    return number


def ever_rising(minutes: Minutes, first: datetime, last: datetime, days: EarlierDays = NO_DAYS) -> set[str]:
    """Return the hashtags with a spike at moments 11 minutes apart, or at the end of any hour."""
    found, whole = [], {}
    for number in range(int((last - first) / MINUTE) // 11):
        clock = first + number * 11 * MINUTE
        hours = counted_hours(minutes, clock, whole=whole)
        found += spikes_at_clock(hours, clock, days)
        if clock.minute < 11:
            found += spikes_at_hour_end(hours[1:], days)
    return {one.key for one in found}


@pytest.fixture(scope="module")
def three_days() -> EarlierDays:
    """Three earlier days of a language with a daily rhythm."""
    return earlier_days(
        stream(MIDNIGHT - ago * DAY, MIDNIGHT - (ago - 1) * DAY, daily_rhythm, seed=ago) for ago in (1, 2, 3)
    )


@pytest.mark.parametrize("posts", [lambda _: STEADY, daily_rhythm], ids=["steady", "daily rhythm"])
def test_no_change_of_hour_or_day_is_a_trend_on_the_first_days(posts):
    minutes = stream(MIDNIGHT - DAY, MIDNIGHT + DAY, posts)
    assert ever_rising(minutes, MIDNIGHT - DAY, MIDNIGHT + DAY) == set()


def test_no_change_of_hour_or_day_is_a_trend_with_earlier_days(three_days):
    minutes = stream(MIDNIGHT - HOUR, MIDNIGHT + DAY, daily_rhythm)
    assert ever_rising(minutes, MIDNIGHT - HOUR, MIDNIGHT + DAY, three_days) == set()


@pytest.mark.parametrize("few", [0, 2])
@pytest.mark.parametrize("has_days", [False, True])
def test_no_gap_in_the_input_and_no_end_of_one_is_a_trend(three_days, few, has_days):
    def posts(moment):
        return few if 10 * HOUR + 20 * MINUTE < moment - MIDNIGHT < 15 * HOUR + 40 * MINUTE else daily_rhythm(moment)

    minutes = stream(MIDNIGHT, MIDNIGHT + DAY, posts)
    assert ever_rising(minutes, MIDNIGHT, MIDNIGHT + DAY, three_days if has_days else NO_DAYS) == set()


def test_hashtags_of_hours_that_earlier_days_lack_are_no_trend():
    with_a_hole = stream(MIDNIGHT - DAY, MIDNIGHT, lambda moment: 0 if 8 <= moment.hour < 12 else STEADY)
    minutes = with_a_hole | stream(MIDNIGHT, MIDNIGHT + DAY, seed=2)
    assert ever_rising(minutes, MIDNIGHT, MIDNIGHT + DAY, earlier_days([with_a_hole])) == set()


def test_a_language_just_switched_on_is_no_trend_on_that_day_or_the_next():
    on_since = MIDNIGHT - DAY + 10 * HOUR + 40 * MINUTE
    minutes = stream(on_since, MIDNIGHT + DAY)
    assert ever_rising(minutes, on_since, MIDNIGHT + DAY) == set()
    of_yesterday = earlier_days([{moment: counted for moment, counted in minutes.items() if moment < MIDNIGHT}])
    assert ever_rising(minutes, MIDNIGHT, MIDNIGHT + DAY, of_yesterday) == set()


@pytest.mark.parametrize("posts_a_minute", [0.2, 2, 20])
def test_a_steady_hashtag_is_no_trend(posts_a_minute):
    minutes = stream(MIDNIGHT, MIDNIGHT + DAY, more=lambda _: {"steady": posts_a_minute})
    assert ever_rising(minutes, MIDNIGHT, MIDNIGHT + DAY) == set()


def test_a_hashtag_that_doubles_within_a_day_is_no_trend_before_there_are_days():
    def growing(moment):
        return {"growing": 4 * 2 ** ((moment - MIDNIGHT) / DAY)}

    minutes = stream(MIDNIGHT, MIDNIGHT + DAY, more=growing)
    assert ever_rising(minutes, MIDNIGHT, MIDNIGHT + DAY) == set()


def test_a_hashtag_that_grows_a_little_every_day_is_no_trend():
    days = range(28, -1, -1)

    def of_day(ago):
        start = MIDNIGHT - ago * DAY
        return stream(start, start + 4 * HOUR, lambda _: 20.0, lambda _: {"growing": 10 * 1.02**-ago}, seed=ago)

    minutes = of_day(0)
    earlier = earlier_days(of_day(ago) for ago in days if ago)
    assert ever_rising(minutes, MIDNIGHT + HOUR, MIDNIGHT + 4 * HOUR, earlier) == set()


def test_a_hashtag_of_every_morning_is_no_trend_after_its_first_morning():
    def morning(moment):
        return {"goodmorning": 8.0 if 7 <= moment.hour < 9 else 0.1}

    yesterday = stream(MIDNIGHT - DAY, MIDNIGHT, daily_rhythm, morning, seed=5)
    minutes = yesterday | stream(MIDNIGHT, MIDNIGHT + DAY, daily_rhythm, morning)
    assert ever_rising(minutes, MIDNIGHT - DAY, MIDNIGHT) == {"goodmorning"}
    noon = MIDNIGHT + 12 * HOUR
    assert ever_rising(minutes, MIDNIGHT + HOUR, noon, earlier_days([yesterday])) == set()


@pytest.mark.parametrize("has_days", [False, True])
def test_a_burst_is_caught_within_minutes_leads_and_halves_every_four_hours(three_days, has_days):
    burst = MIDNIGHT + 9 * HOUR + 5 * MINUTE

    def more(moment):
        return {"burst": 4.0 if burst <= moment < burst + 40 * MINUTE else 0.0}

    days = three_days if has_days else NO_DAYS
    minutes = stream(MIDNIGHT - 2 * HOUR, MIDNIGHT + DAY, daily_rhythm, more)
    assert ever_rising(minutes, MIDNIGHT, burst, days) == set()
    (caught,) = rising(counted_hours(minutes, burst + 10 * MINUTE), burst + 10 * MINUTE, days)
    assert caught.key == "burst"
    (peak,) = rising(counted_hours(minutes, MIDNIGHT + 11 * HOUR), MIDNIGHT + 11 * HOUR, days)
    assert peak.at == MIDNIGHT + 10 * HOUR
    assert peak.observed > 10 * peak.expected
    assert peak.score_at(peak.at + HALF_LIFE) == pytest.approx(peak.score / 2)


def test_a_burst_in_a_language_just_switched_on_is_caught_once_there_is_an_hour_to_compare_with():
    on_since = MIDNIGHT + 10 * HOUR + 40 * MINUTE
    burst = on_since + 90 * MINUTE
    minutes = stream(on_since, MIDNIGHT + DAY, more=lambda moment: {"burst": 5.0 if moment >= burst else 0.0})
    assert "burst" in ever_rising(minutes, burst, burst + 30 * MINUTE)


def all_day_authors(_key: str, posts: int) -> float:
    """Distinct authors of so many posts, of 60 who each post again and again."""
    return 60 * (1 - math.exp(-posts / 60))


def test_few_all_day_authors_are_no_trend_in_the_middle_of_an_hour():
    minutes = stream(MIDNIGHT, MIDNIGHT + 8 * HOUR, more=lambda _: {"bots": 10.0})
    for number in range(100, 480, 7):
        clock = MIDNIGHT + number * MINUTE
        assert rising(counted_hours(minutes, clock, all_day_authors), clock) == []


@pytest.mark.parametrize(("authors", "is_trend"), [(3.0, False), (150.0, True)])
def test_authors_make_a_trend_where_known_and_posts_do_not(authors, is_trend):
    burst = MIDNIGHT + 5 * HOUR
    minutes = stream(MIDNIGHT, MIDNIGHT + 8 * HOUR, more=lambda moment: {"burst": 9.0 if moment >= burst else 0.0})
    clock = burst + 50 * MINUTE
    hours = counted_hours(minutes, clock, lambda key, posts: min(posts, authors) if key == "burst" else posts)
    found = rising(hours, clock)
    assert [(one.key, one.unit, round(one.observed)) for one in found] == [("burst", "authors", 150)] * is_trend


def judged_one_by_one(hours: list[HourCounts], clock: datetime, days: EarlierDays) -> list[Spike]:
    """Apply the rule to every hashtag in both units, in the plainest way."""
    left = share_left(clock)
    found = []
    for key in {key for hour in hours[:2] for key in hour.posts.counts}:
        seen, expected = {}, {}
        for unit in ("posts", "authors"):
            this, previous, *older = (hour.in_unit(unit) for hour in hours)
            seen[unit] = this.count(key) + previous.count(key) * left
            used, posts = previous.count(key) * (1 - left), previous.posts * (1 - left)
            for hour in older:
                used, posts = used + hour.count(key), posts + hour.posts
            earlier = days.in_unit(unit)
            baseline = Baseline(
                Usage(used, posts), earlier.days(clock.hour, left, key), earlier.all_posts(clock.hour, left)
            )
            expected[unit] = expect(Usage(seen[unit], this.posts + previous.posts * left), baseline)
        limit, usual = expected["authors"].with_margin, expected["authors"].usual
        authors = min(seen["authors"], limit * seen["posts"] / expected["posts"].with_margin)
        if seen["posts"] >= MIN_COUNT and rises(authors, limit):
            found.append(Spike(key, "authors", authors, limit, usual, clock))
    return found


def test_what_is_skipped_to_save_time_changes_no_spike(three_days):
    clock = MIDNIGHT + 9 * HOUR + 40 * MINUTE

    def more(moment):
        hot = moment >= MIDNIGHT + 9 * HOUR
        return {f"burst{number}": number / 10 if hot else 0.05 for number in range(1, 40)} | {"bots": 10.0}

    minutes = stream(MIDNIGHT - 2 * HOUR, clock, daily_rhythm, more)
    hours = counted_hours(minutes, clock, lambda key, posts: all_day_authors(key, posts) if key == "bots" else posts)
    found = spikes_at_clock(hours, clock, three_days)
    assert len(found) > 20
    assert sorted(found, key=lambda one: one.key) == sorted(
        judged_one_by_one(hours, clock, three_days), key=lambda one: one.key
    )


def test_what_is_usual_follows_the_habits_of_a_hashtag_hour_by_hour():
    clock = MIDNIGHT + timedelta(hours=12, minutes=30)
    this = clock.replace(minute=0)
    hours = [HourCounts(this - ago * HOUR, PeriodCounts(1_000, {"tea": 10})) for ago in range(25)]
    habit = [200.0 if hour == 9 else 10.0 for hour in range(24)] * DAYS
    days = EarlierDays(MIDNIGHT.date(), DayHours([1_000.0] * len(habit), {"tea": habit}))
    usual = usual_by_hour(hours, clock, days, "tea")
    # The last number is of 11:30 to 12:30, the first of the hour from 13:00 of the day before.
    by_hour = dict(zip([*range(13, 24), *range(13)], usual, strict=True))
    assert by_hour[9] > 190
    assert [by_hour[hour] for hour in (14, 20, 2, 6)] == pytest.approx([10, 10, 10, 10], rel=0.2)


def test_nothing_is_usual_without_anything_to_compare_with():
    hours = [HourCounts(MIDNIGHT - ago * HOUR, PeriodCounts()) for ago in range(25)]
    assert usual_by_hour(hours, MIDNIGHT, EarlierDays(MIDNIGHT.date()), "tea") == [None] * 24
