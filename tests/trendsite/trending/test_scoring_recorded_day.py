"""A recorded day of the pandemic, hour by hour: its bursts are caught in their hour. Its posts name no authors."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.trendsite.trending.series import Minutes, counted_hours, earlier_days, recorded_minutes, rising
from trendsite.trending.scoring import EarlierDays

DAY = datetime(2021, 12, 30, tzinfo=UTC)
NO_DAYS = EarlierDays(DAY.date())
BURSTS = [("upscextraattempt", 13), ("covidvaccinerace", 14), ("unityforethiopia", 17)]


@pytest.fixture(scope="module")
def minutes(shared_data) -> Minutes:
    return recorded_minutes(shared_data / "covid_2021-12-30.ndjson.gz")


@pytest.fixture(scope="module")
def top_tens(minutes) -> list[list[str]]:
    """The ten hashtags that rise most at the end of each hour of the day."""
    ends = [DAY + timedelta(hours=hour, minutes=59, seconds=59) for hour in range(24)]
    return [[one.key for one in rising(counted_hours(minutes, end), end, NO_DAYS)[:10]] for end in ends]


@pytest.mark.parametrize(("hashtag", "hour"), BURSTS)
def test_a_burst_is_caught_in_its_hour_and_not_hours_later(top_tens, hashtag, hour):
    assert next(hour for hour, top in enumerate(top_tens) if hashtag in top) == hour


@pytest.mark.parametrize(("hashtag", "hour"), BURSTS)
def test_a_burst_is_caught_before_its_hour_is_over(minutes, hashtag, hour):
    clock = DAY + timedelta(hours=hour, minutes=45)
    assert hashtag in [one.key for one in rising(counted_hours(minutes, clock), clock, NO_DAYS)[:10]]


def test_a_burst_gives_way_to_those_after_it(top_tens):
    assert not any("upscextraattempt" in top for top in top_tens[18:])


def test_the_topic_of_the_whole_day_is_no_trend(top_tens):
    assert not any(steady in top for top in top_tens for steady in ("covid19", "omicron", "covid", "coronavirus"))


def test_nothing_rises_in_the_first_hour_of_all(top_tens):
    assert not any(top_tens[:8])


@pytest.mark.parametrize(("hashtag", "hour"), [("extraattemptforall", 7), *BURSTS])
def test_with_an_earlier_day_a_burst_is_caught_from_the_first_hour_on(minutes, hashtag, hour):
    days = earlier_days([_a_day_earlier(_spread_out(minutes))], DAY.date())
    clock = DAY + timedelta(hours=hour, minutes=59, seconds=59)
    assert hashtag in [one.key for one in rising(counted_hours(minutes, clock), clock, days)[:10]]


def test_twice_as_many_as_in_the_only_hour_before_is_no_burst(top_tens):
    assert not any("extraattemptforall" in top for top in top_tens)


def _a_day_earlier(minutes: Minutes) -> Minutes:
    return {minute - timedelta(days=1): counted for minute, counted in minutes.items()}


def _spread_out(minutes: Minutes) -> Minutes:
    """Return an earlier day with the same hashtags in even shares: no hashtag has more in one hour than in others."""
    posts, hashtags = Counter[datetime](), Counter[str]()
    for minute, (number, of_minute) in minutes.items():
        posts[minute.replace(minute=0)] += number
        hashtags.update(of_minute)
    share = {hour: number / posts.total() for hour, number in posts.items()}
    return {
        hour: (number, Counter({key: count * share[hour] for key, count in hashtags.items()}))  # type: ignore[misc]
        for hour, number in posts.items()
    }
