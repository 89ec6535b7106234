"""Invitations: a link that works once, for a week, and gives an account with a role. The database has its hash only."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from trendsite.accounts.forms import in_background
from trendsite.accounts.models import Invitation
from trendsite.accounts.people import PeopleError, log
from trendsite.accounts.roles import ADMIN
from trendsite.public_url import site_origin

LIFETIME = timedelta(days=7)

MAX_INVITATIONS = 200
"""Open ones at once."""


def invite(role: str, email: str, by: User, now: datetime) -> str:
    """Make an invitation, and return its link, which is known to nobody else from here on.

    Raises:
        PeopleError: there are MAX_INVITATIONS open ones.
    """
    Invitation.objects.filter(expires_at__lte=now).delete()
    if Invitation.objects.count() >= MAX_INVITATIONS:
        raise PeopleError(_("%(number)d invitations are open. Withdraw some first.") % {"number": MAX_INVITATIONS})
    token = secrets.token_urlsafe(32)
    row = Invitation(token_hash=hash_of(token), email=email, role=role, invited_by=by)
    row.invited_at, row.expires_at = now, now + LIFETIME
    row.save()
    log(row, by, "invited", role)
    return site_origin() + reverse("open-invitation", args=[token])


def hash_of(token: str) -> str:
    """Return what is stored of a token. It is long and random, so a plain hash is as good as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_invitation(token: str, now: datetime) -> Invitation | None:
    """Return the invitation of a link; None if it was used or withdrawn, or is too old."""
    return Invitation.objects.filter(token_hash=hash_of(token), expires_at__gt=now).first()


def all_open(now: datetime) -> QuerySet[Invitation]:
    """Return the invitations whose links work."""
    return Invitation.objects.filter(expires_at__gt=now).select_related("invited_by")


@transaction.atomic
def accept(invitation: Invitation, user: User, now: datetime) -> None:
    """Save the new account ``user`` with the role of an invitation, which is used up.

    Raises:
        PeopleError: another request has used it meanwhile.
        IntegrityError: another account has just taken the name.
    """
    used, _by_table = Invitation.objects.filter(pk=invitation.pk, expires_at__gt=now).delete()
    if not used:
        raise PeopleError(_("This invitation was already used."))
    user.email = invitation.email or user.email
    user.is_staff = invitation.role == ADMIN
    user.save()
    user.groups.add(Group.objects.get(name=invitation.role))
    log(user, user, "joined", invitation.role)


@transaction.atomic
def withdraw(invitation: Invitation, by: User) -> None:
    """Make the link of an invitation useless."""
    log(invitation, by, "withdrawn")
    invitation.delete()


def mail_is_configured() -> bool:
    """Return whether e-mails leave this machine: without EMAIL_URL they go to the site's log."""
    return not str(settings.EMAIL_BACKEND).endswith("console.EmailBackend")


def mail_link(template: str, email: str, context: Mapping[str, object]) -> bool:
    """Send a link by e-mail, in the background; return False without an address or a mail server."""
    if not email or not mail_is_configured():
        return False
    site = {"site": site_origin(), **context}
    subject = " ".join(render_to_string(f"accounts/{template}_subject.txt", site).split())
    text = render_to_string(f"accounts/{template}_email.txt", site)
    in_background(partial(_send, subject, text, email))
    return True


def _send(subject: str, text: str, email: str) -> None:
    send_mail(subject, text, None, [email])
