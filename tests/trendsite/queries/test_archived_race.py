"""The race of a day: archived with its frames, computed from its hours, and still open."""

import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contract import redis_names
from contract.race import Frame, FramePlace, unpack_hours
from tests.trendsite.stage import TODAY, Stage
from trendsite.archive.model_fields import pack_frames, unpack_frames
from trendsite.archive.models import Day, DayCount, DayLanguage, DayRace
from trendsite.archive.pipeline.database import DaySummary, FileSizes, LanguageSummary, record
from trendsite.queries import races as live_race
from trendsite.queries.races import RaceFrame, archived_race, read_race

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)
MORNING = [3, 0, 4, *[0] * 21]
EVENING = [*[0] * 22, 5, 6]


def frame(hour: int, posts: int, *top: tuple[str, int], day: date = DAY, language: str = "*") -> Frame:
    at = datetime(day.year, day.month, day.day, hour, 5, 30, tzinfo=UTC)
    return Frame(at, language, posts, [FramePlace(key, key.title(), number) for key, number in top])


@pytest.fixture
def archived_day() -> Callable[..., Day]:
    """Archives a day: its posts, and hashtags by key with their hours."""

    def archive(hours: list[int] | None, hashtags: dict[str, list[int] | None], **day: Any) -> Day:
        row = Day.objects.create(source="simulator", date=DAY, archived_at=datetime(2026, 11, 21, 1, tzinfo=UTC), **day)
        DayLanguage.objects.create(day=row, language="*", posts=sum(hours or [18]), hashtags=2, hours=hours)
        for rank, (key, of_key) in enumerate(hashtags.items(), start=1):
            counted = {"key": key, "hashtag": key.title(), "posts": sum(of_key or [1]), "hours": of_key}
            DayCount.objects.create(day=row, language="*", rank=rank, **counted)
        return row

    return archive


def test_packed_frames_are_the_same_bytes_and_come_back_as_they_were() -> None:
    frames = [frame(0, 3, ("tea", 2), ("café", 1)), frame(23, 9, ("tea", 5))]
    assert pack_frames(frames) == pack_frames(frames)
    assert unpack_frames(pack_frames(frames)) == unpack_frames(memoryview(pack_frames(frames))) == frames


def test_recorded_frames_have_the_spelling_of_each_keys_last_frame(archived_day: Callable[..., Day]) -> None:
    early, late = frame(0, 3, ("tea", 2), ("milk", 1)), frame(23, 18, ("cafe", 7), ("tea", 5))
    late.top[1] = FramePlace("tea", "TEA", 5)
    day = archived_day(None, {}, minutes=[2, 0, 1, *[1] * 1_437])
    DayRace.objects.create(day=day, language="*", frames=pack_frames([early, late]))
    race = archived_race("simulator", DAY, "*")
    assert race is not None
    assert (race.day, race.source, race.languages, race.final) == (DAY, "simulator", ["*"], True)
    assert race.frames == [
        RaceFrame("00:05:30", 3, [("tea", 2), ("milk", 1)]),
        RaceFrame("23:05:30", 18, [("cafe", 7), ("tea", 5)]),
    ]
    assert race.hashtags == {"tea": "TEA", "milk": "Milk", "cafe": "Cafe"}
    assert (race.minutes[:4], race.gaps) == ([2, 0, 1, 1], [("00:01", "00:02")])


def test_a_day_without_recorded_frames_has_one_an_hour_that_adds_up(archived_day: Callable[..., Day]) -> None:
    hours = [morning + evening for morning, evening in zip(MORNING, EVENING, strict=True)]
    archived_day(hours, {"evening": EVENING, "morning": MORNING})
    race = archived_race("simulator", DAY, "*")
    assert race is not None
    in_hours = [hour for hour, posts in enumerate(hours) if posts and hour < 23]
    assert [at.at for at in race.frames] == [*(f"{hour + 1:02}:00:00" for hour in in_hours), "23:59:59"]
    assert race.frames[0] == RaceFrame("01:00:00", 3, [("morning", 3)])
    assert race.frames[-1] == RaceFrame("23:59:59", 18, [("evening", 11), ("morning", 7)])
    assert race.hashtags == {"evening": "Evening", "morning": "Morning"}
    assert (race.minutes, race.gaps) == ([None] * 1_440, [])


def test_hours_without_recorded_frames_are_filled_in(archived_day: Callable[..., Day]) -> None:
    day = archived_day([2] * 9 + [0] * 15, {"tea": [1] * 9 + [0] * 15})
    frames = [frame(0, 1, ("tea", 1)), frame(1, 4), frame(5, 9, ("tea", 5)), frame(8, 17, ("tea", 9)), frame(23, 18)]
    DayRace.objects.create(day=day, language="*", frames=pack_frames(frames))
    race = archived_race("simulator", DAY, "*")
    assert race is not None
    assert [(at.at, at.posts) for at in race.frames] == [
        ("00:05:30", 1),
        ("01:05:30", 4),
        ("03:00:00", 6),
        ("04:00:00", 8),
        ("05:05:30", 9),
        ("07:00:00", 14),
        ("08:00:00", 16),
        ("08:05:30", 17),
        ("23:05:30", 18),
    ]
    assert race.frames[2].top == [("tea", 3)]


def test_equal_places_of_an_hour_are_ordered_by_key_up_to_fifty(archived_day: Callable[..., Day]) -> None:
    archived_day(MORNING, {f"tag{number:03}": MORNING for number in reversed(range(80))})
    race = archived_race("simulator", DAY, "*")
    assert race is not None
    assert [key for key, _ in race.frames[0].top] == [f"tag{number:03}" for number in range(50)]


def test_a_day_archived_without_hours_has_its_end_only(archived_day: Callable[..., Day]) -> None:
    archived_day(None, {"tea": None})
    race = archived_race("simulator", DAY, "*")
    assert race is not None
    assert race.frames == [RaceFrame("23:59:59", 18, [("tea", 1)])]


def test_a_language_that_an_archived_day_lacks_has_no_frames(archived_day: Callable[..., Day]) -> None:
    archived_day(MORNING, {})
    race = archived_race("simulator", DAY, "en")
    assert race is not None
    assert race.frames == []
    assert archived_race("another", DAY, "*") is None


def test_a_race_is_unpacked_once_until_its_day_is_archived_again(
    archived_day: Callable[..., Day], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []

    def noted(packed: bytes) -> list[Frame]:
        read.append(packed)
        return unpack_frames(packed)

    monkeypatch.setattr("trendsite.archive.models.unpack_frames", noted)
    for posts in (18, 19):
        day = archived_day(None, {}, minutes=[posts] * 1_440)
        DayRace.objects.create(day=day, language="*", frames=pack_frames([frame(23, posts)]))
        first, again = archived_race("simulator", DAY, "*"), archived_race("simulator", DAY, "*")
        assert first == again
        assert first is not None
        assert (first.frames, first.minutes[0]) == ([RaceFrame("23:05:30", posts, [])], posts)
        day.delete()
    assert len(read) == 2


def test_a_replaced_day_has_its_new_race(archived_day: Callable[..., Day]) -> None:
    day = archived_day(None, {})
    DayRace.objects.create(day=day, language="*", frames=pack_frames([frame(23, 18)]))
    archived_race("simulator", DAY, "*")
    summary = DaySummary(max_ranks=10)
    summary.languages["*"] = LanguageSummary(posts=19, authors=None, hours=[0] * 23 + [19])
    summary.races["*"] = pack_frames([frame(23, 19)])
    sizes: FileSizes = {"parquet_bytes": 0, "csv_bytes": 0, "race_bytes": 0}
    record("simulator", DAY, summary, sizes, day.archived_at)
    race = archived_race("simulator", DAY, "*")
    assert race is not None
    assert race.frames[-1] == RaceFrame("23:05:30", 19, [])


async def test_an_open_day_has_the_frames_and_minutes_of_redis(stage: Stage) -> None:
    stage.count("*", {"Tea": 2}, posts=3)
    stage.show(datetime(2026, 11, 22, 0, 3, tzinfo=UTC))
    stage.client.hset(redis_names.minutes("simulator", TODAY), mapping={0: 2, 3: 1})
    stage.record(frame(0, 2, ("tea", 1), day=TODAY), frame(0, 1, ("Käse", 1), day=TODAY, language="en"))
    race = await read_race("simulator", TODAY, "*")
    assert race is not None
    assert (race.final, race.frames) == (False, [RaceFrame("00:05:30", 2, [("tea", 1)])])
    assert (race.minutes[:5], race.gaps) == ([2, 0, 0, 1, None], [("00:01", "00:03")])
    stage.record(frame(1, 3, ("tea", 2), day=TODAY))
    race = await read_race("simulator", TODAY, "*")
    assert race is not None
    assert [at.posts for at in race.frames] == [2, 3]
    in_english = await read_race("simulator", TODAY, "en")
    assert in_english is not None
    assert in_english.hashtags == {"Käse": "Käse"}


async def test_an_open_day_without_frames_has_none_yet(stage: Stage) -> None:
    assert await read_race("simulator", TODAY, "*") is None
    stage.count("*", {"Tea": 2})
    race = await read_race("simulator", TODAY, "*")
    assert race is not None
    assert race.frames == []


async def test_frames_that_cannot_be_read_are_left_out(stage: Stage) -> None:
    stage.count("*", {"Tea": 2})
    stage.record(frame(0, 2, day=TODAY), frame(7, 3, day=TODAY))
    name = redis_names.race("simulator", TODAY, "*")
    stage.client.hset(name, mapping={"05": b"\xff\0", "07": zlib.compress(b'{"at":1}\nnull')})
    race = await read_race("simulator", TODAY, "*")
    assert race is not None
    assert [at.posts for at in race.frames] == [2]


async def test_an_open_day_is_unknown_while_redis_is_away() -> None:
    assert await read_race("simulator", TODAY, "*") is None


async def test_a_race_is_unpacked_once_until_it_has_a_new_frame(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []

    def noted(hours: Mapping[bytes, bytes]) -> list[Frame]:
        unpacked.append(len(hours))
        return unpack_hours(hours)

    monkeypatch.setattr(live_race, "unpack_hours", noted)
    stage.count("*", {"Tea": 2})
    for hour in (3, 4):
        stage.record(frame(hour, hour, day=TODAY))
        assert await read_race("simulator", TODAY, "*") == await read_race("simulator", TODAY, "*")
    assert unpacked == [1, 2]


@pytest.mark.parametrize("source", ["../simulator", "..", "a/../simulator", "a\0b", "x" * 101, ""])
async def test_an_unsafe_source_name_is_not_looked_up(source: str, stage: Stage) -> None:
    unsafe = Stage(stage.client, source)
    unsafe.count("*", {"Tea": 2})
    unsafe.record(frame(0, 2, day=TODAY))
    assert await read_race(source, TODAY, "*") is None
