"""What every page of this app shares: rendering without caching, the links to other sources, and "no data" pages."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from trendsite.queries.groups import ALL, Selection, SourceNames
from trendsite.queries.pipeline_status import PipelineStatus, running_source
from trendsite.sources import Source, is_network, joined, source_named, sources_named

PREVIEWED = 3
"""How many hashtags the preview of a link names."""

SourceAddress = Callable[[Selection], str]
"""Return the address of a page for a selection of sources."""


@dataclass(frozen=True)
class Link:
    """A link in a row of pills, and whether it is the shown one; for languages with its code and its posts."""

    title: str
    address: str
    is_shown: bool
    language: str = ""
    posts: int | None = None


@dataclass(frozen=True, kw_only=True)
class SourceLink(Link):
    """A link to the page of a source."""

    source: Source


def render_page(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """Return a page that must not be cached."""
    response = render(request, template, dict(context), status=status)
    response["Cache-Control"] = "no-store"
    return response


def render_no_data(  # noqa: PLR0913 - the contents of the page
    request: HttpRequest,
    title: str,
    reason: str,
    status: int = 404,
    others: Sequence[SourceLink] = (),
    *,
    source: Source | None = None,
) -> HttpResponse:
    """Return the page for missing data of ``source`` (None: the running one), with links to ``others`` that have it."""
    context = {"title": title, "reason": reason, "others": others, "source": source}
    return render_page(request, "pages/no_data.html", context, status)


def render_unknown_source(
    request: HttpRequest, selected: Selection, names: Iterable[str], *, redis: bool
) -> HttpResponse:
    """Return the page for a source, or for networks, without days. While Redis is away they may have some."""
    if selected.source:
        title = gettext("Unknown source: %(source)s") % {"source": selected.source}
    else:
        title = gettext("No data from %(networks)s") % {"networks": _titles(selected.networks)}
    if not redis:
        reason = gettext("Redis is away, and no day of this source is archived. Try again in a moment.")
        return render_no_data(request, title, reason, 503)
    others = source_links(names, (), calendar_address)
    return render_no_data(request, title, gettext("This source has no days."), others=others)


def is_unknown(selected: Selection, names: Collection[str]) -> bool:
    """Return whether an address names a source, or networks, of which none is among those that have days."""
    wanted = {selected.source} if selected.source else set(selected.networks)
    return bool(wanted) and not wanted.intersection(names)


def source_links(
    names: Iterable[str], shown: SourceNames, address: SourceAddress, everything: Selection | None = None
) -> list[SourceLink]:
    """Return links to all sources: networks first, led by a link to all of them together; then others.

    Of the others the shown one is first. ``everything`` is the selection of all networks.
    """
    sources = sources_named({*names, *shown})
    networks = tuple(source.name for source in sources if is_network(source.name))
    if len(networks) < 2:
        links = [_link(source, Selection(source.name), address, is_shown=(source.name,) == shown) for source in sources]
        return sorted(links, key=lambda link: not link.is_shown)
    all_shown = set(networks) <= set(shown)
    together = msgspec.structs.replace(source_named(joined(networks)), title=gettext("All networks"))
    links = [_link(together, everything or Selection(networks=ALL), address, is_shown=all_shown)]
    for source in sources:
        of_network = is_network(source.name)
        selected = Selection(networks=(source.name,)) if of_network else Selection(source.name)
        links.append(_link(source, selected, address, is_shown=source.name in shown and not all_shown))
    first = len(networks) + 1
    of_networks = sorted(links, key=lambda link: not is_network(link.source.name.split(",")[0]))[:first]
    others = [link for link in links if link not in of_networks]
    return [*of_networks, *sorted(others, key=lambda link: not link.is_shown)]


def _link(source: Source, selected: Selection, address: SourceAddress, *, is_shown: bool) -> SourceLink:
    return SourceLink(title=source.title, address=address(selected), is_shown=is_shown, source=source)


def shown_source(links: Iterable[SourceLink], shown: SourceNames, pipeline: PipelineStatus) -> Source:
    """Return the shown source, with its title in the links, and timely only if the running one is.

    Of several networks it is all of them together.
    """
    named = source_named(joined(shown))
    if len(shown) > 1:
        return named
    source = next((link.source for link in links if link.source.name == named.name), named)
    running = running_source(pipeline, datetime.now(UTC))
    is_untimely = running is not None and running.name == named.name and not running.is_timely
    return msgspec.structs.replace(source, is_timely=False) if is_untimely else source


def calendar_address(selected: Selection) -> str:
    """Return the address of the calendar of some sources."""
    return with_query(reverse("days-page"), selected.query)


def with_query(path: str, parameters: Mapping[str, str]) -> str:
    """Return a path with parameters, if there are any."""
    return f"{path}?{urlencode(parameters, safe=',*')}" if parameters else path


def _titles(networks: SourceNames) -> str:
    return source_named(joined(networks)).title
