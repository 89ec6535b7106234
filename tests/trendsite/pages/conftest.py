"""Archived days and recorded races for the pages about them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from contract.race import Frame, FramePlace
from contract.ranking import highest_counts
from tests.trendsite.stage import Stage
from trendsite.archive.models import Day, DayCount, DayLanguage

ArchiveDay = Callable[..., Day]
RecordFrame = Callable[..., None]


@pytest.fixture
def archive_day() -> ArchiveDay:
    """``archive_day(date, {"*": {"Cats": 9}})`` archives a day with these counts by language, all at noon."""

    def archive(day: date, counts: Mapping[str, Mapping[str, int]], source: str = "simulator") -> Day:
        row = Day.objects.create(source=source, date=day, archived_at=datetime(2026, 11, 22, 1, tzinfo=UTC))
        for language, of_language in counts.items():
            total = sum(of_language.values())
            DayLanguage.objects.create(
                day=row, language=language, posts=total, hashtags=len(of_language), hours=at_noon(total)
            )
            shown = {hashtag.casefold(): hashtag for hashtag in of_language}
            ranked = highest_counts(
                ((hashtag.casefold(), posts) for hashtag, posts in of_language.items()), len(of_language)
            )
            for rank, (key, posts) in enumerate(ranked, start=1):
                DayCount.objects.create(
                    day=row,
                    language=language,
                    rank=rank,
                    key=key,
                    hashtag=shown[key],
                    posts=posts,
                    authors=posts - 1,
                    hours=at_noon(posts),
                )
        return row

    return archive


@pytest.fixture
def record_frame(stage: Stage) -> RecordFrame:
    """``record_frame(date, "09:05", {"Cats": 9})`` records how the ranking of a day stood."""

    def record(day: date, at: str, counts: Mapping[str, int], language: str = "*") -> None:
        hours, minutes = map(int, at.split(":"))
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes)
        places = [FramePlace(hashtag.casefold(), hashtag, posts) for hashtag, posts in counts.items()]
        frame = Frame(moment, language, sum(counts.values()), sorted(places, key=lambda place: -place.posts))
        stage.record(frame)

    return record


def at_noon(posts: int) -> list[int]:
    return [0] * 12 + [posts] + [0] * 11
