"""Compresses pages and answers for browsers that take it. What is compressed already passes as it is."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_COMPRESSIBLE = ("text/", "application/json", "application/rss+xml", "application/manifest+json")


class CompressText(GZipMiddleware):
    """Django's middleware, which also hides from an attacker how well a secret of the page compresses (BREACH)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a response of text; leave any other, such as Parquet, as it is."""
        if response.headers.get("Content-Type", "").startswith(_COMPRESSIBLE):
            return super().process_response(request, response)
        return response
