"""/search/?q=: the hashtags that somebody may mean, of today and of the archive; it works without scripts."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from trendsite.api.finding import find_hashtags, possible_key
from trendsite.explore.page import page

MAX_FOUND = 50


@require_safe
async def search(request: HttpRequest) -> HttpResponse:
    """Return the page of what was found, or of a search that has not begun."""
    typed = request.GET.get("q", "").strip()
    found = await find_hashtags(typed, MAX_FOUND)
    context = {"typed": typed, "key": possible_key(typed), "found": found}
    return await sync_to_async(page)(request, "explore/search.html", context)
