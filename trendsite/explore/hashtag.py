"""/hashtags/<key>/: one hashtag's day by the hour, its rank over time, its languages, and its past days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from contract.language import ALL_LANGUAGES
from contract.ranking import few_authors
from trendsite.api.archived import default_source
from trendsite.api.finding import possible_key
from trendsite.explore.asked import day_of, source_of, whole_number
from trendsite.explore.hashtag_facts import HashtagFacts, read_archived, read_live
from trendsite.explore.hashtag_figures import Figures, figures_of
from trendsite.explore.page import nothing, page
from trendsite.explore.replay import read_race_if_readable
from trendsite.hidden.of_hashtag import HiddenHere, hidden_here, is_shown
from trendsite.history.models import DayCount
from trendsite.history.shown_ranks import shown_ranks
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Pipeline, Shown, read_pipeline
from trendsite.live.race import Race
from trendsite.live.top_places import Counts

PAST_DAYS = 14
"""Past days on a page."""

_MAX_PAGE = 100_000

_HIDDEN = "An editor of this site took it out of its rankings and pages. It is still counted, and may be shown again."

# Where each network shows a hashtag.
_NETWORKS = (
    ("X", "https://x.com/hashtag/{}"),
    ("Bluesky", "https://bsky.app/hashtag/{}"),
    ("Mastodon", "https://mastodon.social/tags/{}"),
)


@dataclass(frozen=True)
class _Asked:
    """A hashtag, of the source and the day that were asked for, None where none was, and whether it is hidden."""

    key: str
    source: str | None
    day: date | None
    page: int
    hidden: HiddenHere


@require_safe
async def hashtag(request: HttpRequest, key: str) -> HttpResponse:
    """Return the page of today, or of ``?day=2026-11-21``; 404 for a hashtag that nobody used or that is hidden.

    Who may unhide it sees it all the same.
    """
    folded = possible_key(key)
    if folded is None:
        return await sync_to_async(nothing)(request, "No such hashtag", "No hashtag can be written like this.")
    hidden = await sync_to_async(hidden_here)(folded, await request.auser())
    if hidden.is_hidden and not hidden.may_change:
        return await sync_to_async(nothing)(request, f"#{folded} is hidden", _HIDDEN)
    query = request.GET
    asked = _Asked(folded, source_of(query), day_of(query), whole_number(query, "page", 1, _MAX_PAGE) or 1, hidden)
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline(redis)
            of_day = _day_asked(asked, pipeline.shown)
            facts = await read_live(redis, of_day, folded) if of_day else None
    except REDIS_IS_AWAY:
        pipeline, of_day, facts = AWAY, _day_asked(asked, None), None
    facts = await sync_to_async(_final)(of_day, folded) or facts
    race = await read_race_if_readable(of_day.source, of_day.day, ALL_LANGUAGES) if of_day and facts else None
    return await sync_to_async(_answer)(request, asked, pipeline, facts, race)


def _day_asked(asked: _Asked, shown: Shown | None) -> Shown | None:
    """Return the source and day to show: what was asked for, otherwise what the board shows."""
    source, day = asked.source or (shown and shown.source), asked.day or (shown and shown.day)
    return Shown(source, day) if source and day else None


def _final(of_day: Shown | None, key: str) -> HashtagFacts | None:
    return read_archived(of_day.source, of_day.day, key) if of_day else None


def _answer(
    request: HttpRequest, asked: _Asked, pipeline: Pipeline, facts: HashtagFacts | None, race: Race | None
) -> HttpResponse:
    source = asked.source or default_source(pipeline.shown)
    past = _past_days(source, asked)
    if facts is None and not past.paginator.count:
        return _unknown(request, asked, pipeline)
    spelling = facts.hashtag if facts else past[0].hashtag
    figures: Figures | None = figures_of(facts, race) if facts else None
    context = {
        "key": asked.key,
        "hashtag": spelling,
        "facts": facts,
        "few_authors": facts is not None and few_authors(facts.posts, facts.authors),
        "languages": _languages_shown(asked, facts) if facts else [],
        "hidden": asked.hidden,
        "figures": figures,
        "past": past,
        "past_days": zip(past, shown_ranks(list(past), ALL_LANGUAGES, datetime.now(UTC)), strict=True),
        "pipeline": pipeline,
        "asked": asked,
        "is_today": facts is not None and _day_asked(asked, pipeline.shown) == pipeline.shown,
        "networks": [(name, address.format(quote(spelling, safe=""))) for name, address in _NETWORKS],
    }
    return page(request, "explore/hashtag.html", context)


def _languages_shown(asked: _Asked, facts: HashtagFacts) -> Counts:
    """Return the languages in which it is shown, all of them to whoever may change that."""
    return [found for found in facts.languages if asked.hidden.may_change or is_shown(asked.key, found[0])]


def _past_days(source: str | None, asked: _Asked) -> Page[DayCount]:
    """Return archived days, newest first. A hashtag has at most a row a day, which the index by key finds."""
    rows = DayCount.objects.filter(key=asked.key, language=ALL_LANGUAGES, day__source=source)
    return Paginator(rows.select_related("day").order_by("-day__date"), PAST_DAYS).get_page(asked.page)


def _unknown(request: HttpRequest, asked: _Asked, pipeline: Pipeline) -> HttpResponse:
    title = f"Nothing is known of #{asked.key}"
    if not pipeline.redis:
        return nothing(request, title, "Redis is away, and no archived day has it. Try again in a moment.", 503)
    return nothing(request, title, "It is among the most used hashtags neither of today nor of any archived day.")
