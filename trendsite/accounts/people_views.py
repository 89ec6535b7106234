"""/people/, where admins see who has access, and /invitation/, where an invited person makes an account."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trendsite.accounts import invitations, people
from trendsite.accounts.models import Invitation
from trendsite.accounts.people_forms import InviteForm, JoinForm, PersonForm
from trendsite.accounts.roles import ROLE_TITLES

PAGE_SIZE = 100

_MAX_SEARCH_CHARACTERS = 100
_SESSION_KEY = "invitation"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def for_admins(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send anonymous users to log in, and let only users with the permission through."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:  # noqa: ANN401 - of the address
        return view(request, *arguments, **named)

    return never_cache(login_required(permission_required(people.PERMISSION, raise_exception=True)(guarded)))


@require_safe
@for_admins
def everyone(request: HttpRequest) -> HttpResponse:
    """Show everyone with an account, filtered by ``?q=`` and paged by ``?page=``, and the open invitations."""
    return _page(request)


@require_POST
@for_admins
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation. The answer has its link, which no later page shows again."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, invite_form=form, status=422)
    role, email = form.cleaned_data["role"], form.cleaned_data["email"]
    try:
        link = invitations.invite(role, email, _user(request), datetime.now(UTC))
    except people.PeopleError as error:
        messages.error(request, str(error))
        return redirect("people")
    context = {"link": link, "role": ROLE_TITLES[role], "inviter": _user(request).get_username()}
    is_sent = invitations.mail_link("invitation", email, context)
    return _page(request, link={"kind": "invitation", "address": link, "email": email if is_sent else ""})


@require_POST
@for_admins
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Save role and e-mail of a person, let them in or out, or make a link for a new password."""
    person = get_object_or_404(User.objects.prefetch_related("groups"), pk=pk)
    try:
        if "password" in request.POST:
            return _show_password_link(request, person)
        if "deactivate" in request.POST or "reactivate" in request.POST:
            people.set_active(person, "reactivate" in request.POST, _user(request))
            words = _("%(name)s has access again.") if person.is_active else _("%(name)s has no access any more.")
            messages.success(request, words % {"name": person.get_username()})
        else:
            _save(request, person)
    except people.PeopleError as error:
        messages.error(request, str(error))
    return redirect("people")


@require_POST
@for_admins
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    invitations.withdraw(get_object_or_404(Invitation, pk=pk), _user(request))
    messages.success(request, _("The invitation is withdrawn: its link no longer works."))
    return redirect("people")


@never_cache
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token of a link from the address, which browsers remember and send on, into the session."""
    if invitations.open_invitation(token, datetime.now(UTC)) is None:
        return _no_invitation(request)
    request.session[_SESSION_KEY] = token
    return redirect("invitation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Show the form of an invited person, or make the account and log in."""
    now = datetime.now(UTC)
    invitation = invitations.open_invitation(request.session.get(_SESSION_KEY, ""), now)
    if invitation is None:
        return _no_invitation(request)
    form = JoinForm(request.POST or None, has_email=bool(invitation.email))
    if form.is_valid():
        try:
            user = form.save(commit=False)
            invitations.accept(invitation, user, now)
        except people.PeopleError:
            return _no_invitation(request)
        except IntegrityError:
            form.add_error("username", _("Another person has just taken this name."))
        else:
            request.session.pop(_SESSION_KEY, None)
            login(request, user, backend=_BACKEND)
            messages.success(request, _("Welcome, %(name)s.") % {"name": user.get_username()})
            return redirect("board")
    context = {"form": form, "invitation": invitation, "role": ROLE_TITLES[invitation.role]}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def _no_invitation(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/no_invitation.html", status=404)


def _page(
    request: HttpRequest,
    invite_form: InviteForm | None = None,
    link: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    searched = request.GET.get("q", "").strip()[:_MAX_SEARCH_CHARACTERS]
    users = User.objects.prefetch_related("groups").order_by("-is_active", "username")
    if searched:
        users = users.filter(Q(username__icontains=searched) | Q(email__icontains=searched))
    page = Paginator(users, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(user, people.role_of(user)) for user in page],
        "searched": searched,
        "roles": ROLE_TITLES,
        "invite_form": invite_form or InviteForm(),
        "invitations": [(row, ROLE_TITLES[row.role]) for row in invitations.all_open(datetime.now(UTC))],
        "link": link,
        "has_mail": invitations.mail_is_configured(),
        "events": people.latest_events(),
    }
    return render(request, "accounts/people.html", context, status=status)


def _save(request: HttpRequest, person: User) -> None:
    form = PersonForm(request.POST)
    if not form.is_valid():
        raise people.PeopleError(" ".join(str(error) for errors in form.errors.values() for error in errors))
    if people.change_person(person, form.cleaned_data["role"], form.cleaned_data["email"], _user(request)):
        messages.success(request, _("Saved: %(name)s.") % {"name": person.get_username()})
    else:
        messages.info(request, _("Nothing was changed."))


def _show_password_link(request: HttpRequest, person: User) -> HttpResponse:
    if not person.is_active:
        raise people.PeopleError(_("%(name)s has no access: reactivate the account first.") % {"name": person})
    link = people.password_link(person, _user(request))
    context = {"link": link, "name": person.get_username()}
    is_sent = invitations.mail_link("password_link", person.email, context)
    shown = {"kind": "password", "address": link, "email": person.email if is_sent else ""}
    return _page(request, link={**shown, "name": person.get_username()})


def _user(request: HttpRequest) -> Any:  # noqa: ANN401 - a user, because for_admins lets no others through
    return request.user
