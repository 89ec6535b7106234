"""How the pages of this app answer: rendered for one reader, kept by nobody; and politely when there is nothing."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """Return a page."""
    response = render(request, template, dict(context), status=status)
    response["Cache-Control"] = "no-store"
    return response


def nothing(request: HttpRequest, title: str, reason: str, status: int = 404) -> HttpResponse:
    """Return the page that says what is not there, and why."""
    return page(request, "explore/nothing.html", {"title": title, "reason": reason}, status)
