"""What the pages say of each language. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from contract.x_terms import X_LANGUAGES
from trendsite.languages.models import Language
from trendsite.languages.names import english_name, own_name
from trendsite.languages.words import terms_of
from trendsite.tracking.seen import LOOK_BACK_DAYS, Today
from trendsite.tracking.x_cost import cost_a_month


@dataclass(frozen=True)
class Seen:
    """When a language was seen last, to the hour or the day: ``words`` for people, ``moment`` for machines."""

    words: str
    moment: str = ""


@dataclass(frozen=True)
class LanguageLine:
    """One language. ``posts`` are today's, None when they are not known; ``terms`` is empty where X cannot tell it.

    ``cost`` is in dollars a month, None where X sent nothing yet.
    """

    code: str
    own_name: str
    english_name: str
    tracked: bool
    posts: int | None
    seen: Seen
    terms: tuple[str, ...]
    has_own_terms: bool
    posts_a_day: float | None
    cost: Decimal | None


def language_lines(
    languages: Iterable[Language],
    today: Today,
    last_days: Mapping[str, date],
    posts_a_day: Mapping[str, float],
    budget: int,
) -> list[LanguageLine]:
    """Return a line for each language, those with most posts today first, then by English name."""
    lines = [
        LanguageLine(
            code=language.code,
            own_name=own_name(language.code),
            english_name=english_name(language.code),
            tracked=language.tracked,
            posts=today.posts.get(language.code, 0) if today.known else None,
            seen=_seen(language.code, today, last_days),
            terms=terms_of(language) if language.code in X_LANGUAGES else (),
            has_own_terms=bool(language.x_terms),
            posts_a_day=posts_a_day.get(language.code),
            cost=cost_a_month(posts_a_day.get(language.code), budget),
        )
        for language in languages
    ]
    return sorted(lines, key=lambda line: (-(line.posts or 0), line.english_name))


def _seen(code: str, today: Today, last_days: Mapping[str, date]) -> Seen:
    shown = today.pipeline.shown
    if shown and code in today.hours:
        hour = today.hours[code]
        moment = datetime.combine(shown.day, time(hour), UTC)
        clock = today.pipeline.clock
        is_now = clock is not None and clock >= moment and clock.hour == hour and clock.date() == shown.day
        return Seen("this hour" if is_now else f"today, {hour:02}:00", moment.isoformat())
    if shown and today.posts.get(code):
        return Seen("today", shown.day.isoformat())
    if code in last_days:
        day = last_days[code]
        return Seen(f"{day.day} {day:%b %Y}", day.isoformat())
    return Seen(f"not in {LOOK_BACK_DAYS} days" if last_days else "not yet")
