import pytest

from trendsite.history.closed_counts import read_counts
from trendsite.history.summary import DaySummary

from .conftest import ROWS, CloseDay


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_each_language_has_its_total_its_distinct_hashtags_and_its_top(close_day: CloseDay, batch_rows: int) -> None:
    summary = DaySummary(kept_ranks=2)
    for batch in read_counts(close_day().folder, batch_rows):
        summary.add(batch)
    totals = {
        code: (language.hashtags, language.posts, language.authors, language.hours)
        for code, language in summary.languages.items()
    }
    assert totals == {"*": (3, *ROWS[0][3:]), "en": (1, *ROWS[4][3:]), "es": (3, *ROWS[6][3:])}
    assert {code: language.top for code, language in summary.languages.items()} == {
        "*": [ROWS[1][1:], ROWS[2][1:]],
        "en": [ROWS[5][1:]],
        "es": [ROWS[7][1:], ROWS[8][1:]],
    }
