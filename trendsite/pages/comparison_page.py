"""/compare/: a few hashtags side by side; also for a frame, /embed/compare/, and as /compare/picture.svg."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from trendsite.languages.names import own_name
from trendsite.pages.comparison_figure import figure_of
from trendsite.pages.comparison_params import ComparisonChoice, choice_param
from trendsite.pages.comparison_picture import line_name, picture_context
from trendsite.pages.comparison_words import mark_words, span_words, table_rows, tick_words
from trendsite.pages.language_options import language_options
from trendsite.pages.rendering import (
    Link,
    SourceAddress,
    is_unknown,
    render_no_data,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
    with_query,
)
from trendsite.public_url import request_origin
from trendsite.queries.busiest_languages import read_busiest_languages
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.comparison import DEFAULT_DAYS, HashtagComparison, read_comparison, read_leaders
from trendsite.queries.groups import Selection, all_networks, running_names
from trendsite.queries.known_sources import known_sources
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import source_named

LEADERS = 3
"""How many of the latest day's first hashtags are compared if none is named."""

THEMES = ("light", "dark")

_FRAMED = "pages/compare_embed.html"
_SPANS: tuple[dict[str, Any], ...] = (
    {"hours": 24},
    {"hours": 168},
    {"hours": None, "days": DEFAULT_DAYS},
    {"hours": None, "days": 90},
    {"hours": None, "days": 365},
)


@dataclass(frozen=True)
class _Compared:
    """The state of the pipeline, the choice with its hashtags, and the comparison, None if there is no day at all."""

    pipeline: PipelineStatus
    choice: ComparisonChoice
    found: HashtagComparison | None
    is_default: bool
    busiest_languages: list[str]


@require_safe
async def compare(request: HttpRequest) -> HttpResponse:
    """Return the page of ``?hashtags=a,b,c&days=30``, by default of the latest day's first hashtags."""
    compared = await _read(await choice_param(request.GET))
    return await sync_to_async(_respond)(request, compared, "pages/compare.html")


@xframe_options_exempt
@require_safe
async def embed_comparison(request: HttpRequest) -> HttpResponse:
    """Return the figure alone, for a frame in any page. ``&theme=dark`` overrides the system's theme."""
    return await sync_to_async(_respond)(request, await _read(await choice_param(request.GET)), _FRAMED)


@require_safe
async def comparison_picture(request: HttpRequest) -> HttpResponse:
    """Return the figure as a picture to share, 1,200 by 675, that explains itself: SVG, which scripts make PNG of."""
    compared = await _read(await choice_param(request.GET))
    response = await sync_to_async(_respond)(request, compared, "pages/compare_picture.html")
    if response.status_code == 200:
        response["Content-Type"] = "image/svg+xml; charset=utf-8"
    return response


async def _read(choice: ComparisonChoice) -> _Compared:
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline_status(redis)
            keys = choice.keys or tuple(await read_leaders(redis, pipeline, choice.query, LEADERS))
            shown = choice if choice.keys else choice.changed(keys=keys)
            found = await read_comparison(redis, pipeline, shown.query)
    except REDIS_IS_AWAY:
        pipeline = REDIS_AWAY
        keys = choice.keys or tuple(await read_leaders(None, pipeline, choice.query, LEADERS))
        shown = choice if choice.keys else choice.changed(keys=keys)
        found = await read_comparison(None, pipeline, shown.query)
    busiest = await read_busiest_languages() if pipeline.redis else []
    return _Compared(pipeline, shown, found, is_default=not choice.keys, busiest_languages=busiest)


def _respond(request: HttpRequest, compared: _Compared, template: str) -> HttpResponse:
    running = running_names(compared.pipeline)
    known = known_sources(running)
    selected = compared.choice.query.selected
    if is_unknown(selected, known):
        return render_unknown_source(request, selected, known, redis=compared.pipeline.redis)
    if compared.found is None:
        title = _("Nothing to compare yet")
        if compared.pipeline.redis:
            return render_no_data(request, title, _("No post was counted yet."))
        reason = _("Redis is away, and none of these days is archived. Try again in a moment.")
        return render_no_data(request, title, reason, 503)
    context = _context(request, compared.choice, compared, compared.found)
    return render_page(request, template, {**context, "is_framed": template == _FRAMED})


def _context(
    request: HttpRequest, choice: ComparisonChoice, compared: _Compared, found: HashtagComparison
) -> dict[str, object]:
    running = running_names(compared.pipeline)
    names = tuple(found.source.split(","))
    known = known_sources(running)
    links = source_links(known, names, _address_by_source(choice), all_networks(running, known))
    source = shown_source(links, names, compared.pipeline)
    figure = figure_of(found, is_share=choice.is_share)
    rows = table_rows(figure)
    theme = request.GET.get("theme", "")
    titled = f"{source.title} ({source.label.lower()})" if source.label else source.title
    languages = _("all languages") if choice.query.languages == EVERYTHING.languages else _names_of(choice)
    return {
        "choice": choice,
        "is_default": compared.is_default,
        "found": found,
        "figure": figure,
        "legend": [
            (line, rows[-1].cells[place], _address(choice.changed(keys=_without(choice.keys, place))))
            for place, line in enumerate(figure.lines)
        ],
        "rows": rows,
        "names": [(line, line_name(line)) for line in figure.lines],
        "marks": [(mark, mark_words(mark.value, figure)) for mark in figure.marks],
        "ticks": [(tick, tick_words(tick.time, figure)) for tick in figure.ticks],
        "span": span_words(figure),
        "heights": [line.heights for line in figure.lines],
        "spans": _span_links(choice),
        "measures": _measure_links(choice),
        "language_codes": language_options([",".join(choice.query.languages)], compared.busiest_languages),
        "sources": links,
        "source": source,
        "source_title": source_named(found.source).title,
        "is_redis_away": not compared.pipeline.redis,
        "table_query": urlencode({**choice.api_parameters, "format": "excel"}, safe=",*"),
        "site": f"{request_origin(request).partition('://')[2]}{reverse('compare')}",
        "theme": theme if theme in THEMES else None,
        **picture_context(figure, theme if theme in THEMES else THEMES[0], languages, titled),
    }


def _without(keys: tuple[str, ...], place: int) -> tuple[str, ...]:
    return (*keys[:place], *keys[place + 1 :])


def _names_of(choice: ComparisonChoice) -> str:
    return ", ".join(own_name(code) for code in choice.query.languages)


def _address(choice: ComparisonChoice) -> str:
    return with_query(reverse("compare"), choice.parameters)


def _address_by_source(choice: ComparisonChoice) -> SourceAddress:
    def address(selected: Selection) -> str:
        return _address(choice.changed(selected=selected))

    return address


def _span_links(choice: ComparisonChoice) -> list[Link]:
    titles = (_("24 hours"), _("7 days, by the hour"), _("30 days"), _("90 days"), _("A year"))
    shown = (choice.query.hours, None if choice.query.hours else choice.query.days)
    return [
        Link(title, _address(choice.changed(**span)), is_shown=(span["hours"], span.get("days")) == shown)
        for title, span in zip(titles, _SPANS, strict=True)
    ]


def _measure_links(choice: ComparisonChoice) -> list[Link]:
    return [
        Link(title, _address(choice.changed(is_share=is_share)), is_shown=choice.is_share == is_share)
        for title, is_share in ((_("Posts"), False), (_("Share of all posts"), True))
    ]
