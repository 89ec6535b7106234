"""What people read about a comparison."""

import pytest

from tests.trendsite.stage import NOW
from trendsite.trending.merge import RisingHashtags
from trendsite.trending.words import comparison


@pytest.mark.parametrize(
    ("days", "hours", "words"),
    [
        (0, 1, "Compared with the hour before: no earlier day is known yet."),
        (7, 0, "Compared with the same time of 7 earlier days; weekly habits are not known yet."),
        (1, 3, "Compared with the 3 hours before and the same time of 1 earlier day; weekly habits are not known yet."),
        (28, 24, "Compared with the 24 hours before and the same time of 28 earlier days."),
    ],
)
def test_a_comparison_names_only_what_there_is_to_compare_with(days, hours, words):
    assert comparison(RisingHashtags([], days, hours, has_begun=True), NOW).words == words
