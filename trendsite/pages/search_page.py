"""/search/?q=: hashtags of today and of the archive that begin with a text. It works without scripts."""

from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from trendsite.pages.query_params import selection_param
from trendsite.pages.rendering import (
    is_unknown,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
    with_query,
)
from trendsite.queries.groups import Selection, all_networks, running_names
from trendsite.queries.hashtag_search import FoundHashtags, find_hashtags, possible_key
from trendsite.queries.known_sources import known_sources
from trendsite.queries.pipeline_status import PipelineStatus, read_pipeline_or_away

MAX_FOUND = 50


@require_safe
async def search(request: HttpRequest) -> HttpResponse:
    """Return the page with the found hashtags, or with an empty form; 404 for an unknown source."""
    typed, selected = request.GET.get("q", "").strip(), selection_param(request.GET)
    found = await find_hashtags(typed, MAX_FOUND, selected)
    return await sync_to_async(_respond)(request, await read_pipeline_or_away(), typed, selected, found)


def _respond(
    request: HttpRequest, pipeline: PipelineStatus, typed: str, selected: Selection, found: FoundHashtags
) -> HttpResponse:
    running = running_names(pipeline)
    known = known_sources(running)
    if is_unknown(selected, known):
        return render_unknown_source(request, selected, known, redis=pipeline.redis)
    names = tuple(name for name in found.names if name in known)

    def address(selected: Selection) -> str:
        return with_query(reverse("search-page"), {"q": typed, **selected.query})

    links = source_links(known, names, address, all_networks(running, known))
    context = {
        "typed": typed,
        "key": possible_key(typed),
        "found": found.hashtags,
        "is_elsewhere": found.is_elsewhere,
        "source": shown_source(links, names, pipeline) if names else None,
        "sources": links,
        "is_on_board": not set(running).isdisjoint(names),
        "selected": selected.query,
        "carried": urlencode(selected.query, safe=","),
    }
    return render_page(request, "pages/search.html", context)
