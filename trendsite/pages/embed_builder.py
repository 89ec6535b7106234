"""/embed/builder/: choose what a frame shows, see it, and copy its HTML. A script updates it at once, else a button."""

from dataclasses import dataclass
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from trendsite.pages.comparison_params import ComparisonChoice, choice_param
from trendsite.pages.language_options import language_options
from trendsite.pages.query_params import number_param
from trendsite.pages.rendering import render_page
from trendsite.public_url import request_origin
from trendsite.queries.busiest_languages import read_busiest_languages
from trendsite.queries.choice import EVERYTHING, ORDERS, TOPS, WINDOWS, Choice, ChoiceError, choice_of
from trendsite.queries.comparison import DEFAULT_DAYS
from trendsite.queries.pipeline_status import read_pipeline_or_away
from trendsite.sources import NETWORKS, is_network

THEMES = ("", "light", "dark")
DEFAULT_WIDTH, DEFAULT_HEIGHT = 640, 560
MIN_SIZE, MAX_SIZE = 200, 4_000

_BOARD, _COMPARE = "board", "compare"
_SPANS = {"hours": (24, 168), "days": (DEFAULT_DAYS, 90, 365)}


@dataclass(frozen=True)
class Frame:
    """A frame: its address with origin, its title, and its size in pixels; ``width`` None is all there is."""

    address: str
    title: str
    width: int | None
    height: int

    @property
    def html(self) -> str:
        """The element to put into a page."""
        src, title = escape(self.address), escape(self.title)
        size = f'width="{self.width or "100%"}" height="{self.height}"'
        return f'<iframe src="{src}" title="{title}" {size} loading="lazy" style="border:0"></iframe>'


@require_safe
async def embed_builder(request: HttpRequest) -> HttpResponse:
    """Return the page for ``?show=board&window=hour&theme=dark`` or ``?show=compare&hashtags=a,b``."""
    compared = await choice_param(request.GET)
    running = (await read_pipeline_or_away()).sources
    networks = [name for name in running if is_network(name)]
    return await sync_to_async(_respond)(request, compared, networks, await read_busiest_languages())


def _respond(request: HttpRequest, compared: ComparisonChoice, networks: list[str], busiest: list[str]) -> HttpResponse:
    query = request.GET
    shown = _COMPARE if query.get("show") == _COMPARE else _BOARD
    choice = _board_choice(query)
    theme = query.get("theme", "") if query.get("theme") in THEMES else ""
    frame = Frame(
        request_origin(request) + _path(shown, choice, compared, theme),
        _("Hashtags compared") if shown == _COMPARE else _("Top hashtags"),
        number_param(query, "width", MIN_SIZE, MAX_SIZE),
        number_param(query, "height", MIN_SIZE, MAX_SIZE) or DEFAULT_HEIGHT,
    )
    of_choice = compared.query if shown == _COMPARE else choice
    context = {
        "shown": shown,
        "choice": choice,
        "compared": compared,
        "hashtags": ", ".join(compared.keys),
        "theme": theme,
        "frame": frame,
        "themes": zip(THEMES, (_("As the reader's system"), _("Light"), _("Dark")), strict=True),
        "windows": zip(WINDOWS, (_("Today"), _("Last hour"), _("Rising")), strict=True),
        "tops": TOPS,
        "orders": zip(ORDERS, (_("Posts"), _("People (estimated)")), strict=True),
        "spans": _spans(compared),
        "language_codes": language_options(of_choice.languages, busiest),
        "languages": of_choice.languages,
        "networks": [(name, NETWORKS[name], name in query.getlist("networks")) for name in networks],
        "sizes": (MIN_SIZE, MAX_SIZE, DEFAULT_WIDTH),
    }
    return render_page(request, "pages/embed_builder.html", context)


def _board_choice(query: QueryDict) -> Choice:
    try:
        return choice_of(dict(query.lists()))
    except ChoiceError:
        return EVERYTHING


def _path(shown: str, choice: Choice, compared: ComparisonChoice, theme: str) -> str:
    if shown == _COMPARE:
        parameters = compared.parameters
    else:
        parameters = {"languages": ",".join(choice.in_order), "window": choice.window, "top": str(choice.top)}
        parameters |= {"by": choice.by} if choice.by != EVERYTHING.by else {}
        parameters |= {"networks": ",".join(choice.networks)} if choice.networks else {}
    parameters |= {"theme": theme} if theme else {}
    path = reverse("embed-compare" if shown == _COMPARE else "embed")
    return f"{path}?{urlencode(parameters, safe=',*')}" if parameters else path


def _spans(compared: ComparisonChoice) -> list[tuple[str, str, bool]]:
    """Return each time to choose: its parameter, its name, and whether it is chosen."""
    titles = iter((_("24 hours"), _("7 days, by the hour"), _("30 days"), _("90 days"), _("A year")))
    query = compared.query
    shown = f"hours={query.hours}" if query.hours else f"days={query.days}"
    values = [f"{name}={number}" for name, numbers in _SPANS.items() for number in numbers]
    return [(value, title, value == shown) for value, title in zip(values, titles, strict=True)]
