"""One row of the languages' pages: names, posts, when the language was last seen, its terms and cost on X. Pure.

The cost is an estimate from the posts that X sent on past days, capped by the monthly budget.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext, ngettext

from contract.x_rule import DOLLARS_PER_POST, X_LANGUAGES, rule_values, searched_languages
from trendsite.languages.models import Language
from trendsite.languages.names import language_name, own_name
from trendsite.languages.tracking import XSearch, search_of
from trendsite.localise import format_day, format_number
from trendsite.queries.language_activity import LOOK_BACK_DAYS, DayActivity

DAYS_PER_MONTH = 30


@dataclass(frozen=True)
class LastSeen:
    """When a language was last seen, to the hour or the day: ``text`` for people, ``moment`` for machines."""

    text: str
    moment: str = ""


@dataclass(frozen=True)
class LanguageRow:
    """One language.

    ``posts`` are today's, None when unknown. ``search`` has no terms for a language that X cannot filter by. ``rules``
    are those of X. ``cost`` is in dollars per month, None until X has sent a post of the language.
    """

    code: str
    own_name: str
    name: str
    tracked: bool
    posts: int | None
    seen: LastSeen
    search: XSearch
    rules: tuple[str, ...]
    has_own_terms: bool
    posts_per_day: float | None
    cost: Decimal | None

    @property
    def is_seen(self) -> bool:
        """Whether the language was seen lately."""
        return bool(self.seen.moment)


def first_rows(rows: Sequence[LanguageRow]) -> tuple[list[LanguageRow], list[LanguageRow]]:
    """Return the languages that a page shows first, and the rest: first those seen lately, and those that were chosen.

    If every language is tracked, none was chosen. If there would be none, all are first.
    """
    are_chosen = not all(row.tracked for row in rows)
    first = [row for row in rows if row.is_seen or (are_chosen and row.tracked)]
    return (first, [row for row in rows if row not in first]) if first else (list(rows), [])


def language_rows(
    languages: Iterable[Language],
    today: DayActivity,
    last_days: Mapping[str, date],
    posts_per_day: Mapping[str, float],
    budget: int,
) -> list[LanguageRow]:
    """Return a row for each language: most posts today first, then by name. ``budget`` is in posts a month."""
    rows = [_row(language, today, last_days, posts_per_day, budget) for language in languages]
    return sorted(rows, key=lambda row: (-(row.posts or 0), row.name))


def _row(
    language: Language,
    today: DayActivity,
    last_days: Mapping[str, date],
    posts_per_day: Mapping[str, float],
    budget: int,
) -> LanguageRow:
    code = language.code
    search = search_of(language) if code in X_LANGUAGES else XSearch(())
    return LanguageRow(
        code=code,
        own_name=own_name(code),
        name=language_name(code),
        tracked=language.tracked,
        posts=today.posts.get(code, 0) if today.is_known else None,
        seen=_last_seen(code, today, last_days),
        search=search,
        rules=rule_values(code, search.terms, search.countries),
        has_own_terms=bool(language.x_terms),
        posts_per_day=posts_per_day.get(code),
        cost=monthly_cost(posts_per_day.get(code), budget),
    )


def rules_of(rows: Iterable[LanguageRow]) -> int:
    """Return how many rules of X the tracked languages take together."""
    rows = list(rows)
    chosen = [row.code for row in rows if row.has_own_terms or row.search.countries]
    tracked = None if all(row.tracked for row in rows) else [row.code for row in rows if row.tracked]
    searched = searched_languages(tracked, chosen)
    return sum(len(row.rules) for row in rows if row.code in searched)


def _last_seen(code: str, today: DayActivity, last_days: Mapping[str, date]) -> LastSeen:
    shown = today.pipeline.board
    if shown and code in today.last_hours:
        hour = datetime.combine(shown.day, time(today.last_hours[code]), UTC)
        return LastSeen(_hour_in_words(hour, today), hour.isoformat())
    if shown and today.posts.get(code):
        return LastSeen(_short(today.dated) if today.dated else gettext("today"), shown.day.isoformat())
    if code in last_days:
        return LastSeen(_short(last_days[code]), last_days[code].isoformat())
    if not last_days:
        return LastSeen(gettext("not yet"))
    days = ngettext("not in %(days)s day", "not in %(days)s days", LOOK_BACK_DAYS)
    return LastSeen(days % {"days": format_number(LOOK_BACK_DAYS)})


def _short(day: date) -> str:
    return format_day(day, "SHORT_DATE_FORMAT")


def _hour_in_words(hour: datetime, today: DayActivity) -> str:
    if _is_this_hour(hour, today):
        return gettext("this hour")
    if today.dated:
        return gettext("%(date)s, %(time)s UTC") % {"date": _short(today.dated), "time": f"{hour:%H:%M}"}
    return gettext("today, %(time)s UTC") % {"time": f"{hour:%H:%M}"}


def _is_this_hour(hour: datetime, today: DayActivity) -> bool:
    clock = today.pipeline.clock
    return today.is_timely and clock is not None and clock.replace(minute=0, second=0, microsecond=0) == hour


def max_monthly_cost(budget: int) -> Decimal:
    """Return the dollars of a month that spends the whole budget of posts: the collector stops there."""
    return budget * DOLLARS_PER_POST


def monthly_cost(posts_per_day: float | None, budget: int) -> Decimal | None:
    """Return the dollars of a month like the past days, at most the whole budget; None if no post was seen yet."""
    if posts_per_day is None:
        return None
    return min(Decimal(round(posts_per_day * DAYS_PER_MONTH)) * DOLLARS_PER_POST, max_monthly_cost(budget))


def total_monthly_cost(posts_per_day: Mapping[str, float], tracked: Iterable[str], budget: int) -> Decimal | None:
    """Return the dollars per month of all tracked languages together; None if X has sent no post yet."""
    if not posts_per_day:
        return None
    return monthly_cost(sum(posts_per_day.get(code, 0.0) for code in tracked), budget)
