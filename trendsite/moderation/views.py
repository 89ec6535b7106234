"""/hidden/: the list of hidden hashtags, and the forms that hide and unhide. For editors only."""

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from contract.post import fold
from trendsite.moderation.forms import HideForm
from trendsite.moderation.models import PERMISSION, HiddenHashtag, in_force
from trendsite.moderation.visibility import hide, remove_expired, unhide

PAGE_SIZE = 50

_MAX_SEARCH_CHARACTERS = 100


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(PERMISSION, raise_exception=True)
def hidden(request: HttpRequest) -> HttpResponse:
    """Show the hidden hashtags, filtered by ``?q=`` and paged by ``?page=``, or hide one more."""
    if request.method == "POST":
        return _hide(request)
    return _page(request, HideForm())


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def unhidden(request: HttpRequest, pk: int) -> HttpResponse:
    """Unhide a hashtag."""
    row = get_object_or_404(HiddenHashtag, pk=pk)
    unhide(row, request.user)  # type: ignore[arg-type]  # the user is logged in
    messages.success(request, f"{row} is visible again, with every post counted meanwhile.")
    return _redirect_back(request)


def _hide(request: HttpRequest) -> HttpResponse:
    # An expired rule must not prevent the same rule from being made again.
    remove_expired(datetime.now(UTC))
    form = HideForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    hide(form.instance, request.user)  # type: ignore[arg-type]  # the user is logged in
    messages.success(request, f"{form.instance} is hidden. It disappears from every ranking and page within a second.")
    return _redirect_back(request)


def _page(request: HttpRequest, form: HideForm, status: int = 200) -> HttpResponse:
    searched = request.GET.get("q", "").strip()[:_MAX_SEARCH_CHARACTERS]
    rows = HiddenHashtag.objects.filter(in_force(datetime.now(UTC))).select_related("hidden_by")
    if searched:
        rows = rows.filter(Q(key__contains=fold(searched)) | Q(key__contains=searched))
    listed = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "listed": listed, "searched": searched}
    response = render(request, "moderation/moderation.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _redirect_back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page with the form, if it is one of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return redirect(target if is_ours else "hidden")
