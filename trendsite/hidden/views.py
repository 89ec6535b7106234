"""/hidden/: what is hidden, for those who may change it; and the two changes. Everybody else is refused."""

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from contract.post import fold
from trendsite.hidden.forms import HideForm
from trendsite.hidden.hide import forget_passed, hide, unhide
from trendsite.hidden.models import HiddenHashtag, in_force

PERMISSION = "hidden.change_hiddenhashtag"

ON_A_PAGE = 50

_MAX_SEARCHED = 100


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(PERMISSION, raise_exception=True)
def hidden(request: HttpRequest) -> HttpResponse:
    """Show what is hidden, found by ``?q=`` and paged by ``?page=``, or hide one more."""
    if request.method == "POST":
        return _hide(request)
    return _page(request, HideForm())


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def unhidden(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a hashtag again."""
    row = get_object_or_404(HiddenHashtag, pk=pk)
    unhide(row, request.user)  # type: ignore[arg-type]  # somebody is logged in
    messages.success(request, f"{row} is shown again, with every post counted meanwhile.")
    return _back(request)


def _hide(request: HttpRequest) -> HttpResponse:
    # What has passed by must not stand in the way of the same again.
    forget_passed(datetime.now(UTC))
    form = HideForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    hide(form.instance, request.user)  # type: ignore[arg-type]  # somebody is logged in
    messages.success(request, f"{form.instance} is hidden: it is gone from every ranking and page within a second.")
    return _back(request)


def _page(request: HttpRequest, form: HideForm, status: int = 200) -> HttpResponse:
    searched = request.GET.get("q", "").strip()[:_MAX_SEARCHED].replace("\0", "")
    rows = HiddenHashtag.objects.filter(in_force(datetime.now(UTC))).select_related("hidden_by")
    if searched:
        rows = rows.filter(key__contains=fold(searched))
    listed = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "listed": listed, "searched": searched}
    response = render(request, "hidden/hidden.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """Lead to where the change was made, if that is a page of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return redirect(target if is_ours else "hidden")
