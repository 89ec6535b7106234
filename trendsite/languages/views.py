"""The page where permitted people choose the tracked languages. It is never public: it changes what is collected."""

from datetime import UTC, datetime

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from trendsite.languages.announce import announce_now, announce_when_redis_is_back
from trendsite.languages.selection import SelectionError, language_lines, track_only
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import read_pipeline
from trendsite.live.rankings import read_posts_by_language


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("languages.change_language", raise_exception=True)
def languages(request: HttpRequest) -> HttpResponse:
    """Show every language, or save which are tracked."""
    if request.method == "POST":
        return _save(request)
    posts = _posts_today()
    lines = language_lines(posts)
    context = {"lines": lines, "tracked": sum(line.tracked for line in lines), "posts_known": posts is not None}
    response = render(request, "languages/languages.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _save(request: HttpRequest) -> HttpResponse:
    try:
        count = track_only(request.POST.getlist("tracked"))
    except SelectionError as error:
        messages.error(request, str(error))
        return redirect("languages")
    saved = f"Saved: {count} {'language is' if count == 1 else 'languages are'} tracked."
    try:
        async_to_sync(announce_now)()
    except REDIS_IS_AWAY:
        announce_when_redis_is_back()
        messages.warning(request, f"{saved} Redis is away: the collector will be told as soon as it is back.")
    else:
        messages.success(request, f"{saved} The collector was told at {datetime.now(UTC):%H:%M:%S} UTC.")
    return redirect("languages")


@async_to_sync
async def _posts_today() -> dict[str, int] | None:
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            return await read_posts_by_language(redis, shown) if shown else {}
    except REDIS_IS_AWAY:
        return None
