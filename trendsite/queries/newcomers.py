"""A look at the 28 archived days before a day: which of its hashtags are new or back, and how many posts they had."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from contract.language import ALL_LANGUAGES
from trendsite.archive.models import DayCount, DayLanguage
from trendsite.queries.groups import DayGroup

LOOK_BACK_DAYS = 28
BACK_AFTER_DAYS = 7
"""A hashtag is back if it was not there for so many days, at least."""

_LEAST_DAYS = 7
"""With fewer recorded days before it, a day cannot tell what is new."""

_WHOLE_DAY_HOURS = 20
"""A day counts as recorded if at least so many of its hours have posts."""


@dataclass(frozen=True)
class Novelty:
    """A hashtag was on none of the ``days`` recorded days before, or ``last`` on the given date, a while before.

    "On a day" means among the 1,000 stored hashtags of the language.
    """

    days: int = 0
    last: date | None = None


@dataclass(frozen=True)
class EarlierDays:
    """What the days before say of a day: what is new or back by key, and the posts of each recorded day, oldest first.

    Both are in one language.
    """

    novelties: Mapping[str, Novelty] = field(default_factory=dict)
    posts: Sequence[int] = ()


def read_earlier_days(group: DayGroup, language: str, keys: Collection[str]) -> EarlierDays:
    """Return what the days before a date say of it, and which of ``keys`` are new or back.

    They say nothing while the day before is not archived, or if fewer than seven of them are recorded.
    """
    earliest = date.fromordinal(max(1, group.day.toordinal() - LOOK_BACK_DAYS))
    known = {"day__source__in": group.names, "day__date__gte": earliest, "day__date__lt": group.day}
    totals = DayLanguage.objects.filter(**known, language__in={ALL_LANGUAGES, language}).order_by()
    dates: dict[int, date] = {}
    whole: defaultdict[date, set[int]] = defaultdict(set)
    posts = Counter[date]()
    columns = ("day_id", "day__date", "language", "hours", "posts")
    for day, at, of_language, hours, posts_of_day in totals.values_list(*columns):
        dates[day] = at
        posts[at] += posts_of_day if of_language == language else 0
        if of_language == ALL_LANGUAGES and hours and sum(map(bool, hours)) >= _WHOLE_DAY_HOURS:
            whole[at].add(day)
    recorded = {at for at, days in whole.items() if len(days) == len(group.names)}
    of_yesterday = [at for at in dates.values() if at == group.day - timedelta(days=1)]
    if len(of_yesterday) < len(group.names) or len(recorded) < _LEAST_DAYS:
        return EarlierDays()
    rows = DayCount.objects.filter(day__in=dates, language=language, key__in=keys).order_by()
    last: dict[str, date] = {}
    for key, day in rows.values_list("key", "day_id"):
        last[key] = max(dates[day], last.get(key, dates[day]))
    found = {key: _novelty(group.day, last.get(key), recorded) for key in keys}
    novelties = {key: novelty for key, novelty in found.items() if novelty}
    return EarlierDays(novelties, [posts[at] for at in sorted(recorded)])


def _novelty(day: date, last: date | None, recorded: set[date]) -> Novelty | None:
    if last is None:
        return Novelty(days=len(recorded))
    between = [last + timedelta(days=ago) for ago in range(1, (day - last).days)]
    is_back = len(between) >= BACK_AFTER_DAYS and recorded.issuperset(between)
    return Novelty(last=last) if is_back else None
