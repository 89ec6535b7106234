"""Compresses pages and answers for browsers that take it. Downloads and what is compressed already pass as they are."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_COMPRESSIBLE = ("text/", "application/json", "application/rss+xml", "application/manifest+json")


class CompressText(GZipMiddleware):
    """Django's middleware, which also hides from an attacker how well a secret of the page compresses (BREACH)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a response of text; leave any other, such as Parquet, as it is.

        A download passes as it is too: Django compresses each piece alone, and Chromium reads the first only.
        """
        if not response.streaming and response.headers.get("Content-Type", "").startswith(_COMPRESSIBLE):
            return super().process_response(request, response)
        return response
