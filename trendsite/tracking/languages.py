"""The page of all languages, on which editors choose those that are tracked, and the list of what was changed."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from trendsite.languages.models import Change, Language
from trendsite.languages.selection import SelectionError, select
from trendsite.tracking.lines import language_lines
from trendsite.tracking.permission import CHANGE, for_viewers_and_editors
from trendsite.tracking.saving import tell_collector
from trendsite.tracking.seen import last_days, posts_a_day_of_x, read_today
from trendsite.tracking.x_cost import cost_of_all, most_a_month

CHANGES_A_PAGE = 50
_LATEST_CHANGES = 5


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewers_and_editors
def languages(request: HttpRequest) -> HttpResponse:
    """Show every language, or save which are tracked."""
    if request.method == "POST":
        return _save(request)
    today, posts_a_day, budget = read_today(), posts_a_day_of_x(), settings.X_MONTHLY_POST_BUDGET
    seen = last_days(today.pipeline.shown.source if today.pipeline.shown else None)
    lines = language_lines(Language.objects.all(), today, seen, posts_a_day, budget)
    tracked = [line.code for line in lines if line.tracked]
    context = {
        "lines": lines,
        "tracked": tracked,
        "today": today,
        "may_change": request.user.has_perm(CHANGE),
        "latest_changes": Change.objects.all()[:_LATEST_CHANGES],
        "budget": budget,
        "most": most_a_month(budget),
        "cost": cost_of_all(posts_a_day, tracked, budget),
    }
    return render(request, "tracking/languages.html", context)


def _save(request: HttpRequest) -> HttpResponse:
    shown, chosen = request.POST.get("shown", "").split(), request.POST.getlist("tracked")
    try:
        selected = select(shown, chosen, request.user.get_username(), datetime.now(UTC))
    except SelectionError as error:
        messages.error(request, str(error))
        return redirect("languages")
    if selected.added or selected.removed:
        count = f"{selected.tracked} {'language is' if selected.tracked == 1 else 'languages are'}"
        tell_collector(request, f"Saved: {count} tracked.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("languages")


@require_safe
@for_viewers_and_editors
def changes(request: HttpRequest) -> HttpResponse:
    """Show who changed what, newest first."""
    page = Paginator(Change.objects.all(), CHANGES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "tracking/changes.html", {"page": page})
