"""/moderation/: the desk that lists new leading hashtags, the hidden ones, and the history. For editors only."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.post import fold
from trendsite.moderation import desk as decisions
from trendsite.moderation.forms import DURATION_CHOICES, LastingHideForm, QuickHideForm, language_choices
from trendsite.moderation.history import entries, events_of
from trendsite.moderation.models import PERMISSION, AllowedHashtag, HiddenHashtag, in_force
from trendsite.moderation.visibility import hide, remove_expired, unhide
from trendsite.queries.pattern_matches import PatternMatches, read_matches

PAGE_SIZE = 50
LATEST_EVENTS = 10

_MAX_SEARCH_CHARACTERS = 100
_MAX_REASON_CHARACTERS = 200
_CHOSEN = "moderation.chosen"


def for_editors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send anonymous users to log in, and let only users with the permission through."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:  # noqa: ANN401 - of the address
        return view(request, *arguments, **named)

    return never_cache(login_required(permission_required(PERMISSION, raise_exception=True)(guarded)))


@require_safe
@for_editors
def desk(request: HttpRequest) -> HttpResponse:
    """Show what is new in ``?language=``, and what is hidden or allowed (``?q=``, ``?page=``)."""
    return _desk(request, LastingHideForm())


@require_POST
@for_editors
def decide(request: HttpRequest) -> HttpResponse:
    """Hide or allow a listed hashtag, mark the listed ones as seen, or undo the latest decision."""
    _remember_choices(request)
    if "undo" in request.POST:
        _undo(request)
    elif "seen" in request.POST:
        keys = decisions.usable_keys(request.POST.getlist("key"))
        new = decisions.mark_seen(keys, _user(request), datetime.now(UTC))
        if new:
            decisions.remember_decision(request.session, "seen", new)
        text = ngettext("%(number)d hashtag is marked as seen.", "%(number)d hashtags are marked as seen.", len(new))
        messages.success(request, text % {"number": len(new)})
    elif "allow" in request.POST:
        for key in decisions.usable_keys([request.POST["allow"]]):
            decisions.allow(key, _user(request))
            decisions.remember_decision(request.session, "allow", key)
            messages.success(request, _("#%(hashtag)s is allowed: it is not listed again.") % {"hashtag": key})
    elif "hide" in request.POST:
        return _hide_quickly(request)
    return _redirect_back(request)


@require_POST
@for_editors
def hide_one(request: HttpRequest) -> HttpResponse:
    """Hide a hashtag or a pattern, or only preview what it would hide."""
    # An expired rule must not prevent the same rule from being made again.
    remove_expired(datetime.now(UTC))
    form = LastingHideForm(request.POST)
    is_valid = form.is_valid()
    if "preview" in request.POST:
        # A preview needs no reason.
        is_usable = not {"kind", "key", "language"} & set(form.errors)
        for field in [name for name in form.errors if name not in ("kind", "key", "language")]:
            del form.errors[field]
        return _desk(request, form, _matches(form) if is_usable else None, status=200 if is_usable else 422)
    if not is_valid:
        return _desk(request, form, status=422)
    _hide(request, form)
    return _redirect_back(request)


@require_POST
@for_editors
def unhidden(request: HttpRequest, pk: int) -> HttpResponse:
    """Unhide a hashtag."""
    row = get_object_or_404(HiddenHashtag, pk=pk)
    unhide(row, _user(request))
    messages.success(request, _("%(hashtag)s is visible again, with every post counted meanwhile.") % {"hashtag": row})
    return _redirect_back(request)


@require_POST
@for_editors
def forgotten(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget that a hashtag was allowed."""
    row = get_object_or_404(AllowedHashtag, pk=pk)
    decisions.ask_again(row, _user(request))
    messages.success(request, _("%(hashtag)s is listed again when it leads.") % {"hashtag": row})
    return _redirect_back(request)


@require_safe
@for_editors
def history(request: HttpRequest) -> HttpResponse:
    """Show who hid, unhid and allowed what, newest first."""
    page = Paginator(entries(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "moderation/history.html", {"page": page, "events": events_of(page)})


def _desk(
    request: HttpRequest, form: LastingHideForm, preview: PatternMatches | None = None, status: int = 200
) -> HttpResponse:
    language = request.GET.get("language", ALL_LANGUAGES)
    language = language if language in LANGUAGES else ALL_LANGUAGES
    searched = request.GET.get("q", "").strip()[:_MAX_SEARCH_CHARACTERS]
    hidden = HiddenHashtag.objects.filter(in_force(datetime.now(UTC))).select_related("hidden_by")
    allowed = AllowedHashtag.objects.select_related("allowed_by")
    if searched:
        named = Q(key__contains=fold(searched)) | Q(key__contains=searched)
        hidden, allowed = hidden.filter(named), allowed.filter(named)
    context = {
        # After a form the address is that of the form.
        "here": request.get_full_path() if request.method == "GET" else reverse("moderation"),
        "new": decisions.new_for(_user(request), language),
        "language": language,
        "language_choices": language_choices(),
        "durations": DURATION_CHOICES,
        "chosen": request.session.get(_CHOSEN, {"lasts": "", "reason": ""}),
        "undo": decisions.next_undo(request.session),
        "form": form,
        "preview": preview,
        "searched": searched,
        "listed": Paginator(hidden, PAGE_SIZE).get_page(request.GET.get("page")),
        "allowed": allowed[:PAGE_SIZE],
        "events": events_of(entries()[:LATEST_EVENTS]),
    }
    return render(request, "moderation/moderation.html", context, status=status)


def _remember_choices(request: HttpRequest) -> None:
    """Keep the duration and the reason for the next click."""
    lasts = request.POST.get("lasts", "")
    if lasts in dict(DURATION_CHOICES):
        reason = request.POST.get("reason", "")[:_MAX_REASON_CHARACTERS]
        request.session[_CHOSEN] = {"lasts": lasts, "reason": reason}


def _undo(request: HttpRequest) -> None:
    words = decisions.next_undo(request.session)
    if decisions.undo(request.session, _user(request)):
        messages.success(request, _("Undone: %(decision)s.") % {"decision": words})
    else:
        messages.warning(request, _("There is nothing to undo."))


def _hide_quickly(request: HttpRequest) -> HttpResponse:
    remove_expired(datetime.now(UTC))
    rule = {"kind": HiddenHashtag.Kind.EXACT, "key": request.POST["hide"], "language": ALL_LANGUAGES}
    form = QuickHideForm({**rule, "lasts": request.POST.get("lasts", ""), "reason": request.POST.get("reason", "")})
    if form.is_valid():
        _hide(request, form)
        decisions.remember_decision(request.session, "hide", [form.instance.pk, form.instance.key])
    else:
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
    return _redirect_back(request)


def _hide(request: HttpRequest, form: LastingHideForm) -> None:
    hide(form.instance, _user(request))
    text = _("%(hashtag)s is hidden. It disappears from every ranking and page within a second.")
    messages.success(request, text % {"hashtag": form.instance})


def _matches(form: LastingHideForm) -> PatternMatches | None:
    fields = form.cleaned_data
    is_pattern = fields["kind"] == HiddenHashtag.Kind.PATTERN
    return async_to_sync(read_matches)(form.instance.key, fields["language"], is_pattern=is_pattern)


def _user(request: HttpRequest) -> Any:  # noqa: ANN401 - a user, because for_editors lets no others through
    return request.user


def _redirect_back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page with the form, if it is one of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return HttpResponseRedirect(target if is_ours and target.startswith("/") else reverse("moderation"))
