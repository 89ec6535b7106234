"""The pages of the tracked languages: all languages, one language, and the log of changes.

Everyone sees which languages are tracked and how active they are. What X is asked for, what that costs, and who changed
what are for people with a role.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from contract.status import CollectorStatus
from contract.x_rule import (
    DOLLARS_PER_POST,
    MAX_LANGUAGE_RULES,
    MAX_RULE_CHARACTERS,
    MAX_RULES,
    X_LANGUAGES,
    XRuleError,
)
from trendsite.languages.announce import announce_now, announce_when_redis_is_back
from trendsite.languages.models import Change, Language
from trendsite.languages.names import language_name
from trendsite.languages.rows import (
    LanguageRow,
    first_rows,
    language_rows,
    max_monthly_cost,
    rules_of,
    total_monthly_cost,
)
from trendsite.languages.tracking import ConflictError, SelectionError, XSearch, save_search, save_tracked, search_of
from trendsite.localise import format_number
from trendsite.queries.budgets import budget_lines
from trendsite.queries.language_activity import (
    MEAN_DAYS,
    DayActivity,
    X,
    last_archived_days,
    read_activity,
    x_posts_per_day,
)
from trendsite.queries.redis_client import REDIS_IS_AWAY

VIEW, CHANGE = "languages.view_language", "languages.change_language"

CHANGES_PER_PAGE = 50
_LATEST_CHANGES = 5
_MAX_TERMS_CHARACTERS = 20_000
_MAX_COUNTRIES_CHARACTERS = 1_000

_CONFLICT = gettext_lazy("Another editor changed this while you were editing. Both are shown. Save again to use yours.")


def for_viewers_and_editors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send anonymous users to log in, let viewers read, and let only editors send changes."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: str, **named: str) -> HttpResponse:
        needed = VIEW if request.method in ("GET", "HEAD") else CHANGE
        if not request.user.has_perm(needed):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return never_cache(login_required(guarded))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def languages(request: HttpRequest) -> HttpResponse:
    """Show every language to everyone, or save which are tracked. Words, costs and the log are for viewers."""
    if request.method == "POST":
        return _save_tracked(request)
    today = read_activity()
    posts_per_day = x_posts_per_day() if request.user.has_perm(VIEW) else {}
    budget = settings.X_MONTHLY_POST_BUDGET
    last_days = last_archived_days(today.pipeline.board.sources if today.pipeline.board else ())
    rows = language_rows(Language.objects.all(), today, last_days, posts_per_day, budget)
    first, rest = first_rows(rows)
    tracked = [row.code for row in rows if row.tracked]
    context = {"first": first, "rest": rest, "number": len(rows), "tracked": tracked, "today": today}
    if request.user.has_perm(VIEW):
        context |= {
            "may_view": True,
            "may_change": request.user.has_perm(CHANGE),
            "latest_changes": Change.objects.all()[:_LATEST_CHANGES],
            "budgets": budget_lines(today.pipeline),
            "x": _x_report(today),
        }
        if _has_x(today, posts_per_day):
            context |= _on_x(rows, tracked, posts_per_day, budget)
    return render(request, "languages/languages.html", context)


def _has_x(today: DayActivity, posts_per_day: Mapping[str, float]) -> bool:
    """Return whether X is a source, or was one in the last days."""
    return X in today.pipeline.sources or bool(posts_per_day)


def _on_x(
    rows: Sequence[LanguageRow], tracked: Sequence[str], posts_per_day: Mapping[str, float], budget: int
) -> dict[str, object]:
    """Return what the page says of X, if X is a source."""
    return {
        "has_x": True,
        "rules": rules_of(rows),
        "max_rules": MAX_RULES,
        "budget": budget,
        "max_cost": max_monthly_cost(budget),
        "cost": total_monthly_cost(posts_per_day, tracked, budget),
    }


def _x_report(today: DayActivity) -> CollectorStatus | None:
    running = today.pipeline.of(X)
    return running.collector if running else None


@for_viewers_and_editors
def _save_tracked(request: HttpRequest) -> HttpResponse:
    shown, chosen = request.POST.get("shown", "").split(), request.POST.getlist("tracked")
    try:
        update = save_tracked(shown, chosen, request.user.get_username(), datetime.now(UTC))
    except SelectionError as error:
        messages.error(request, str(error))
        return redirect("languages")
    if update.added or update.removed:
        saved = ngettext(
            "Saved: %(number)s language is tracked.", "Saved: %(number)s languages are tracked.", update.tracked
        )
        _notify_collector(request, saved % {"number": format_number(update.tracked)})
    else:
        messages.info(request, gettext("Nothing was changed."))
    return redirect("languages")


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewers_and_editors
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Show one language, or save how X finds its posts."""
    found = get_object_or_404(Language, code=code)
    if request.method == "POST":
        return _save_search(request, found)
    return _language_page(request, found, search_of(found))


def _save_search(request: HttpRequest, found: Language) -> HttpResponse:
    if found.code not in X_LANGUAGES:
        raise Http404
    shown = XSearch(_lines(request, "seen"), _codes(request, "seen_countries"))
    chosen = XSearch(() if "ours" in request.POST else _lines(request, "terms"), _codes(request, "countries"))
    try:
        has_changed = save_search(found.code, shown, chosen, request.user.get_username(), datetime.now(UTC))
    except XRuleError as error:
        return _language_page(request, found, chosen, problem=str(error), status=422)
    except ConflictError:
        found.refresh_from_db()
        return _language_page(request, found, chosen, problem=str(_CONFLICT), status=409)
    if has_changed:
        _notify_collector(request, gettext("Saved: %(language)s on X.") % {"language": language_name(found.code)})
    else:
        messages.info(request, gettext("Nothing was changed."))
    return redirect("language", found.code)


def _lines(request: HttpRequest, field: str) -> tuple[str, ...]:
    lines = request.POST.get(field, "")[:_MAX_TERMS_CHARACTERS].splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _codes(request: HttpRequest, field: str) -> tuple[str, ...]:
    """Return codes of countries as they are stored, but for codes that are none."""
    codes = re.split(r"[\s,;]+", request.POST.get(field, "")[:_MAX_COUNTRIES_CHARACTERS].upper())
    return tuple(sorted({code for code in codes if code}))


def _language_page(
    request: HttpRequest, found: Language, written: XSearch, problem: str = "", status: int = 200
) -> HttpResponse:
    """Return the page with ``written`` in its form: after a problem, what the editor sent."""
    today, budget = read_activity(), settings.X_MONTHLY_POST_BUDGET
    last_days = last_archived_days(today.pipeline.board.sources if today.pipeline.board else ())
    posts_per_day = x_posts_per_day()
    (row,) = language_rows([found], today, last_days, posts_per_day, budget)
    context = {
        "row": row,
        "has_x": _has_x(today, posts_per_day),
        "today": today,
        "written": "\n".join(written.terms),
        "written_countries": " ".join(written.countries),
        "saved": "\n".join(row.search.terms),
        "saved_countries": " ".join(row.search.countries),
        "problem": problem,
        "is_conflict": problem == str(_CONFLICT),
        "max_characters": MAX_RULE_CHARACTERS,
        "max_language_rules": MAX_LANGUAGE_RULES,
        "max_rules": MAX_RULES,
        "max_terms_characters": _MAX_TERMS_CHARACTERS,
        "may_change": request.user.has_perm(CHANGE),
        "budget": budget,
        "max_cost": max_monthly_cost(budget),
        "dollars_per_post": DOLLARS_PER_POST,
        "mean_days": MEAN_DAYS,
    }
    return render(request, "languages/language.html", context, status=status)


@require_safe
@for_viewers_and_editors
def changes(request: HttpRequest) -> HttpResponse:
    """Show the log of changes, newest first."""
    page = Paginator(Change.objects.all(), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "languages/changes.html", {"page": page})


def _notify_collector(request: HttpRequest, saved: str) -> None:
    """Announce the change now, or once Redis is back, and put ``saved`` and the outcome on the next page."""
    try:
        async_to_sync(announce_now)()
    except REDIS_IS_AWAY:
        announce_when_redis_is_back()
        later = gettext("Redis is away: the collector is notified as soon as it is back.")
        messages.warning(request, f"{saved} {later}")
    else:
        at = gettext("The collector was notified at %(time)s UTC.") % {"time": f"{datetime.now(UTC):%H:%M:%S}"}
        messages.success(request, f"{saved} {at}")
