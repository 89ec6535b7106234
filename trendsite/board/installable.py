"""What makes the site an app on a phone: its manifest, its service worker, and a page for when there is no network."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

ICON_SIZES = (192, 512)


def manifest(_request: HttpRequest) -> HttpResponse:
    """Return the web app manifest, in the reader's language."""
    icons = [_icon("icon", size, "any") for size in ICON_SIZES] + [_icon("icon-maskable", 512, "maskable")]
    content = {
        "name": "Trendsite",
        "short_name": "Trendsite",
        "description": _("Hashtags counted as they are used, day by day."),
        "id": reverse("board"),
        "start_url": reverse("board"),
        "scope": reverse("board"),
        "display": "standalone",
        "lang": get_language() or "en",
        "dir": "rtl" if get_language_bidi() else "ltr",
        "background_color": "#faf9f6",
        "theme_color": "#faf9f6",
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker. It lies at the root, because a worker sees only addresses below its own."""
    response = render(request, "board/service_worker.js", content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def offline(request: HttpRequest) -> HttpResponse:
    """Return the page that the service worker keeps, the same for all readers of a language."""
    return render(request, "board/offline.html")


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    source = static(f"site/{name}-{size}.png")
    return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
