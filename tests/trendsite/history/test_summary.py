import pytest

from trendsite.history.closed_counts import read_counts
from trendsite.history.summary import DaySummary

from .conftest import CloseDay


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_each_language_has_its_total_its_distinct_hashtags_and_its_top(close_day: CloseDay, batch_rows: int) -> None:
    summary = DaySummary(kept_ranks=2)
    for batch in read_counts(close_day().folder, batch_rows):
        summary.add(batch)
    assert {code: (language.posts, language.hashtags) for code, language in summary.languages.items()} == {
        "*": (100, 3),
        "en": (70, 1),
        "es": (30, 3),
    }
    assert {code: language.top for code, language in summary.languages.items()} == {
        "*": [("worldcup", "WorldCup", 40), ("café", "Café", 9)],
        "en": [("worldcup", "WorldCup", 31)],
        "es": [("lluvia", "lluvia", 9), ("worldcup", "WorldCup", 9)],
    }
