"""Made-up streams, with the chance that real ones have: what only looks like a trend is none, and a burst is one."""

import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.trendsite.rising.series import MIDNIGHT, Minutes, counted_hours, earlier_days, rising
from trendsite.rising.moments import HOUR, NO_DAYS, EarlierDays, at_clock, at_end
from trendsite.rising.unusual import HALF_LIFE

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HASHTAGS = [f"tag{number}" for number in range(300)]
WEIGHTS = [1 / (number + 1) for number in range(300)]
STEADY = 40.0


def daily_round(moment: datetime) -> float:
    """Posts a minute: five times as many in the afternoon as before dawn."""
    return 40 + 27 * math.sin((moment.hour * 60 + moment.minute - 540) / 1440 * 2 * math.pi)


def stream(
    first: datetime,
    last: datetime,
    posts: Callable[[datetime], float] = lambda _: STEADY,
    more: Callable[[datetime], dict[str, float]] = lambda _: {},
    seed: int = 1,
) -> Minutes:
    """Every minute has about as many posts as ``posts`` tells, of one hashtag each, and beside them ``more``."""
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
    """A random number of things that come independently, ``mean`` on average."""
    number, left = 0, chance.expovariate(1)
    while left < mean:
        number, left = number + 1, left + chance.expovariate(1)
    return number


def ever_rising(minutes: Minutes, first: datetime, last: datetime, days: EarlierDays = NO_DAYS) -> set[str]:
    """Return what is unusual at any of the moments, 11 minutes apart, or at the end of any hour."""
    found, whole = [], {}
    for number in range(int((last - first) / MINUTE) // 11):
        clock = first + number * 11 * MINUTE
        hours = counted_hours(minutes, clock, whole=whole)
        found += at_clock(hours, clock, days)
        if clock.minute < 11:
            found += at_end(hours[1:], days)
    return {one.key for one in found}


@pytest.fixture(scope="module")
def three_days() -> EarlierDays:
    """Three earlier days of a language with a daily round."""
    return earlier_days(
        stream(MIDNIGHT - ago * DAY, MIDNIGHT - (ago - 1) * DAY, daily_round, seed=ago) for ago in (1, 2, 3)
    )


@pytest.mark.parametrize("posts", [lambda _: STEADY, daily_round], ids=["steady", "daily round"])
def test_no_change_of_hour_or_day_is_a_trend_on_the_first_days(posts):
    minutes = stream(MIDNIGHT - DAY, MIDNIGHT + DAY, posts)
    assert ever_rising(minutes, MIDNIGHT - DAY, MIDNIGHT + DAY) == set()


def test_no_change_of_hour_or_day_is_a_trend_beside_earlier_days(three_days):
    minutes = stream(MIDNIGHT - HOUR, MIDNIGHT + DAY, daily_round)
    assert ever_rising(minutes, MIDNIGHT - HOUR, MIDNIGHT + DAY, three_days) == set()


@pytest.mark.parametrize("few", [0, 2])
@pytest.mark.parametrize("has_days", [False, True])
def test_no_gap_in_the_input_and_no_end_of_one_is_a_trend(three_days, few, has_days):
    def posts(moment):
        return few if 10 * HOUR + 20 * MINUTE < moment - MIDNIGHT < 15 * HOUR + 40 * MINUTE else daily_round(moment)

    minutes = stream(MIDNIGHT, MIDNIGHT + DAY, posts)
    assert ever_rising(minutes, MIDNIGHT, MIDNIGHT + DAY, three_days if has_days else NO_DAYS) == set()


def test_hours_that_earlier_days_lack_are_no_reason_to_call_their_hashtags_new():
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
def test_a_hashtag_that_stays_as_it_is_is_no_trend(posts_a_minute):
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


def test_a_hashtag_of_every_morning_is_no_trend_once_a_morning_is_known():
    def morning(moment):
        return {"goodmorning": 8.0 if 7 <= moment.hour < 9 else 0.1}

    yesterday = stream(MIDNIGHT - DAY, MIDNIGHT, daily_round, morning, seed=5)
    minutes = yesterday | stream(MIDNIGHT, MIDNIGHT + DAY, daily_round, morning)
    assert ever_rising(minutes, MIDNIGHT - DAY, MIDNIGHT) == {"goodmorning"}
    noon = MIDNIGHT + 12 * HOUR
    assert ever_rising(minutes, MIDNIGHT + HOUR, noon, earlier_days([yesterday])) == set()


@pytest.mark.parametrize("has_days", [False, True])
def test_a_burst_is_caught_within_minutes_leads_and_halves_every_four_hours(three_days, has_days):
    burst = MIDNIGHT + 9 * HOUR + 5 * MINUTE

    def more(moment):
        return {"burst": 4.0 if burst <= moment < burst + 40 * MINUTE else 0.0}

    days = three_days if has_days else NO_DAYS
    minutes = stream(MIDNIGHT - 2 * HOUR, MIDNIGHT + DAY, daily_round, more)
    assert ever_rising(minutes, MIDNIGHT, burst, days) == set()
    (caught,) = rising(counted_hours(minutes, burst + 10 * MINUTE), burst + 10 * MINUTE, days)
    assert caught.key == "burst"
    (peak,) = rising(counted_hours(minutes, MIDNIGHT + 11 * HOUR), MIDNIGHT + 11 * HOUR, days)
    assert peak.at == MIDNIGHT + 10 * HOUR
    assert peak.observed > 10 * peak.expected
    assert peak.left(peak.at + HALF_LIFE) == pytest.approx(peak.score / 2)


def test_a_burst_in_a_language_just_switched_on_is_caught_once_there_is_an_hour_to_compare_with():
    on_since = MIDNIGHT + 10 * HOUR + 40 * MINUTE
    burst = on_since + 90 * MINUTE
    minutes = stream(on_since, MIDNIGHT + DAY, more=lambda moment: {"burst": 5.0 if moment >= burst else 0.0})
    assert "burst" in ever_rising(minutes, burst, burst + 30 * MINUTE)


def few_who_post_all_day(_key: str, posts: int) -> float:
    """Distinct authors of so many posts, of 60 who each post again and again."""
    return 60 * (1 - math.exp(-posts / 60))


def test_few_who_post_all_day_are_no_trend_in_the_middle_of_an_hour():
    minutes = stream(MIDNIGHT, MIDNIGHT + 8 * HOUR, more=lambda _: {"bots": 10.0})
    for number in range(100, 480, 7):
        clock = MIDNIGHT + number * MINUTE
        assert rising(counted_hours(minutes, clock, few_who_post_all_day), clock) == []


@pytest.mark.parametrize(("authors", "is_trend"), [(3.0, False), (150.0, True)])
def test_where_authors_are_known_they_make_a_trend_and_their_posts_do_not(authors, is_trend):
    burst = MIDNIGHT + 5 * HOUR
    minutes = stream(MIDNIGHT, MIDNIGHT + 8 * HOUR, more=lambda moment: {"burst": 9.0 if moment >= burst else 0.0})
    clock = burst + 50 * MINUTE
    hours = counted_hours(minutes, clock, lambda key, posts: min(posts, authors) if key == "burst" else posts)
    found = rising(hours, clock)
    assert [(one.key, one.unit, round(one.observed)) for one in found] == [("burst", "authors", 150)] * is_trend
