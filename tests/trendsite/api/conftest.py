"""Fixtures of the API's tests: an archived day."""

from datetime import UTC, date, datetime

import pytest

from trendsite.archive.models import Day, DayCount, DayLanguage

ARCHIVED = date(2026, 11, 20)


@pytest.fixture
def archived() -> Day:
    """An archived day of the simulator with hostile hashtags and counts by the hour."""
    at = datetime(2026, 11, 21, 1, tzinfo=UTC)
    day = Day.objects.create(source="simulator", date=ARCHIVED, archived_at=at, minutes=[1, 0, *[1] * 1_438])
    for language, posts in (("*", 48), ("en", 24), ("es", 24)):
        DayLanguage.objects.create(day=day, language=language, posts=posts, hashtags=3, hours=[posts // 24] * 24)
    counted = [
        ("*", 1, "Cats", 36, 9),
        ("*", 2, '=HYPERLINK("http://x")', 5, None),
        ("*", 3, "<script>alert(1)</script>", 4, None),
        ("en", 1, "Cats", 24, 5),
        ("es", 1, "cats", 12, 4),
    ]
    for language, rank, hashtag, posts, authors in counted:
        DayCount.objects.create(
            day=day,
            language=language,
            rank=rank,
            key=hashtag.casefold(),
            hashtag=hashtag,
            posts=posts,
            authors=authors,
            hours=[posts, *[0] * 23],
        )
    return day
