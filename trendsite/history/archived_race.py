"""The race of an archived day, from the database: its recorded frames, and for hours without any how these ended."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate

from django.db.models import Max

from contract.closed_day import HOURS
from contract.race import PLACES, Frame, FramePlace, end_of
from contract.ranking import order
from trendsite.history.models import Day, DayCount, DayLanguage
from trendsite.history.packed_frames import unpack
from trendsite.live.hidden_now import hides_in
from trendsite.live.minutes import UNKNOWN
from trendsite.live.pipeline import Shown
from trendsite.live.race import Race, Told, race_of, tell, without_hidden

_KEPT_RACES = 8


def archived_race(source: str, day: date, language: str) -> Race | None:
    """Return the race of a day without what is hidden now, None when it is not archived."""
    archived = Day.objects.filter(source=source, date=day).first()
    if archived is None:
        return None
    # Archived anew, a day gets new rows.
    version = archived.languages.aggregate(Max("pk"))["pk__max"]
    told = _told(archived, language, archived.archived_at, version)
    shown = without_hidden(told, hides_in([language], datetime.now(UTC)))
    return race_of(Shown(source, day), language, shown, archived.minutes or UNKNOWN, final=True)


def forget_races() -> None:
    """Read every race from the database again."""
    _told.cache_clear()


@lru_cache(maxsize=_KEPT_RACES)
def _told(archived: Day, language: str, _archived_at: datetime, _version: int | None) -> Told:
    kept = archived.races.filter(language=language).first()
    recorded = unpack(kept.frames) if kept else []
    return tell(recorded if _is_in_every_hour(recorded) else _filled(recorded, _frames_of_hours(archived, language)))


def _is_in_every_hour(frames: Sequence[Frame]) -> bool:
    return len({frame.at.hour for frame in frames}) == HOURS


def _filled(recorded: Sequence[Frame], of_hours: Sequence[Frame]) -> list[Frame]:
    """Put in how hours ended of which nothing was recorded, as while counting caught up; nothing may step back."""
    if not recorded:
        return list(of_hours)
    hours = {frame.at.hour for frame in recorded}
    missing = [frame for frame in of_hours if (frame.at - timedelta(seconds=1)).hour not in hours]
    frames: list[Frame] = []
    for frame in sorted([*recorded, *missing], key=lambda frame: frame.at):
        before = frames[-1].posts if frames else 0
        after = min((later.posts for later in recorded if later.at > frame.at), default=frame.posts)
        if frame not in missing or before < frame.posts <= after:
            frames.append(frame)
    return frames


def _frames_of_hours(day: Day, language: str) -> list[Frame]:
    """Return how the day stood at the end of each hour, by the hashtags that the database keeps.

    A day of which the hours are not known has its end alone; one without the language, nothing.
    """
    total = day.languages.filter(language=language).first()
    if total is None:
        return []
    counts = list(day.counts.filter(language=language).order_by("rank"))
    if total.hours is None:
        return [
            Frame(end_of(day.date), language, total.posts, [_place(count, count.posts) for count in counts[:PLACES]])
        ]
    return _hourly(day.date, total, counts)


def _hourly(day: date, total: DayLanguage, counts: list[DayCount]) -> list[Frame]:
    by_key = {count.key: count for count in counts}
    so_far = {count.key: list(accumulate(count.hours)) for count in counts if count.hours}
    midnight = datetime.combine(day, time.min, UTC)
    frames = []
    for hour, posts in enumerate(accumulate(total.hours)):
        top = order(((key, hours[hour]) for key, hours in so_far.items() if hours[hour]), PLACES)
        at = midnight + timedelta(hours=hour + 1) if hour + 1 < HOURS else end_of(day)
        frames.append(Frame(at, total.language, posts, [_place(by_key[key], number) for key, number in top]))
    return frames


def _place(count: DayCount, posts: int) -> FramePlace:
    return FramePlace(count.key, count.hashtag, posts)
