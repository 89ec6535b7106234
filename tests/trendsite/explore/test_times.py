"""Times of a day, and gaps in words."""

import pytest

from trendsite.explore.times import gaps_in_words, minute_of


@pytest.mark.parametrize(("time", "minute"), [("00:00", 0), ("03:10", 190), ("23:59:59", 1439), ("24:00", 1440)])
def test_a_time_lies_in_a_minute(time, minute):
    assert minute_of(time) == minute


def test_gaps_are_told_by_their_times():
    assert gaps_in_words([]) == ""
    assert gaps_in_words([("03:10", "03:25")]) == "No posts came in from 03:10 to 03:25 (UTC)."
    two = gaps_in_words([("03:10", "03:25"), ("07:00", "24:00")])
    assert two == "No posts came in from 03:10 to 03:25 and from 07:00 to 24:00 (UTC)."


def test_of_many_gaps_only_some_are_named():
    said = gaps_in_words([(f"{hour:02}:00", f"{hour:02}:01") for hour in range(20)])
    assert said.endswith("from 07:00 to 07:01 and 12 more times (UTC).")
