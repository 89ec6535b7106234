"""The page of one language: when it was seen, what it costs on X, and the words by which X finds it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from contract.x_rule import MAX_RULE_CHARACTERS, MAX_RULES, XRuleError, default_terms, rule_characters, rule_value
from contract.x_terms import X_LANGUAGES
from trendsite.languages.models import Language
from trendsite.languages.names import english_name
from trendsite.languages.words import ConflictError, keep_terms, terms_of
from trendsite.tracking.lines import language_lines
from trendsite.tracking.permission import CHANGE, for_viewers_and_editors
from trendsite.tracking.saving import tell_collector
from trendsite.tracking.seen import MEAN_DAYS, last_days, posts_a_day_of_x, read_today
from trendsite.tracking.x_cost import DOLLARS_A_POST, most_a_month

_CONFLICT = "Somebody changed these words while you did. Theirs are shown beside yours; save again to have yours."
_LONGEST_SENT = 20_000


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewers_and_editors
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Show one language, or save its words."""
    found = get_object_or_404(Language, code=code)
    if request.method == "POST":
        return _save(request, found)
    return _page(request, found, terms_of(found))


def _save(request: HttpRequest, found: Language) -> HttpResponse:
    if found.code not in X_LANGUAGES:
        raise Http404
    wanted = [] if "ours" in request.POST else request.POST.get("terms", "")[:_LONGEST_SENT].splitlines()
    seen = request.POST.get("seen", "").splitlines()
    try:
        has_changed = keep_terms(found.code, seen, wanted, request.user.get_username(), datetime.now(UTC))
    except XRuleError as error:
        return _page(request, found, wanted, problem=str(error), status=422)
    except ConflictError:
        found.refresh_from_db()
        return _page(request, found, wanted, problem=_CONFLICT, status=409)
    if has_changed:
        tell_collector(request, f"Saved: the words of {english_name(found.code)}.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("language", found.code)


def _page(
    request: HttpRequest, found: Language, written: Sequence[str], problem: str = "", status: int = 200
) -> HttpResponse:
    """Show the language with ``written`` in its form, which after a problem are not the words that are kept."""
    today, budget = read_today(), settings.X_MONTHLY_POST_BUDGET
    seen = last_days(today.pipeline.shown.source if today.pipeline.shown else None)
    (line,) = language_lines([found], today, seen, posts_a_day_of_x(), budget)
    rule = rule_value(found.code, line.terms) if line.terms else ""
    context = {
        "line": line,
        "written": "\n".join(written),
        "kept": "\n".join(line.terms),
        "problem": problem,
        "is_conflict": problem == _CONFLICT,
        "ours": default_terms(found.code),
        "rule": rule,
        "characters": rule_characters(rule),
        "most_characters": MAX_RULE_CHARACTERS,
        "most_rules": MAX_RULES,
        "rules": len(X_LANGUAGES),
        "may_change": request.user.has_perm(CHANGE),
        "budget": budget,
        "most": most_a_month(budget),
        "dollars_a_post": DOLLARS_A_POST,
        "mean_days": MEAN_DAYS,
    }
    return render(request, "tracking/language.html", context, status=status)
