import pytest

from tests.trendsite.archive.conftest import MINUTES, ROWS, CloseDay, row
from trendsite.archive.pipeline.closed_counts import read_counts
from trendsite.archive.pipeline.database import DaySummary


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_each_language_has_its_total_its_distinct_hashtags_and_its_top(close_day: CloseDay, batch_rows: int) -> None:
    summary = DaySummary(max_ranks=2)
    for batch in read_counts(close_day().folder, batch_rows):
        summary.add(batch)
    totals = {
        code: (language.hashtags, language.posts, language.authors, language.hours)
        for code, language in summary.languages.items()
    }
    assert totals == {"*": (3, *ROWS[0][3:6]), "en": (1, *ROWS[4][3:6]), "es": (3, *ROWS[6][3:6])}
    assert {code: language.top for code, language in summary.languages.items()} == {
        "*": [(*ROWS[1][1:6], ROWS[1][7]), (*ROWS[2][1:6], ROWS[2][7])],
        "en": [(*ROWS[5][1:6], ROWS[5][7])],
        "es": [(*ROWS[7][1:6], ROWS[7][7]), (*ROWS[8][1:6], ROWS[8][7])],
    }


def test_every_minute_has_a_count_if_minutes_were_counted(close_day: CloseDay) -> None:
    counted, uncounted = DaySummary(max_ranks=2), DaySummary(max_ranks=2)
    for summary, closed in ((counted, close_day()), (uncounted, close_day(source="old", rows=[row("*", "", "", 9)]))):
        for batch in read_counts(closed.folder):
            summary.add(batch)
    assert counted.minutes is not None
    assert len(counted.minutes) == 1_440
    assert [(minute, posts) for minute, posts in enumerate(counted.minutes) if posts] == MINUTES
    assert uncounted.minutes is None
