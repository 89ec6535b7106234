"""The language of each answer: of the address (``?lang=es``), the reader's choice, or the browser, in this order.

What programs read stays English, whatever their Accept-Language: the API, feeds, health, metrics and static files.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import path
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

ENGLISH_PATHS = ("/api/v1/", "/feeds/", "/healthz", "/readyz", "/metrics", "/static/")
"""Beginnings of addresses below the site's path."""


class ReaderLanguage(LocaleMiddleware):
    """Django's middleware, for pages only, which also knows ``?lang=``."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of a request."""
        language = settings.LANGUAGE_CODE if _is_for_programs(request) else _language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language  # as Django's own middleware sets it

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Let caches know that a page differs by language. A page with ``?lang=`` differs as well, by its address."""
        if not _is_for_programs(request):
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path_info.startswith(ENGLISH_PATHS)


def _language_of(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


# Without a token: it would need a cookie of every visitor, and another site gains nothing from choosing a language.
choose_language = csrf_exempt(require_POST(set_language))
"""Remember ``language`` of a form in a cookie, and redirect to its ``next``, an address of this site."""

urlpatterns = [path("language/", choose_language, name="choose-language")]
