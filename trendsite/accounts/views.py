"""The pages of an account: logging in, the account, changing a password, and choosing a new one by e-mail.

All are Django's views with our templates. Instead of Django's "done" pages, the next page shows a message.
"""

from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache

from trendsite.accounts.forms import ForgottenPasswordForm
from trendsite.accounts.roles import ROLE_TITLES


class LogIn(views.LoginView):
    """The form for name and password."""

    template_name = "accounts/log_in.html"
    redirect_authenticated_user = True


class ChangePassword(SuccessMessageMixin, views.PasswordChangeView):  # type: ignore[type-arg]  # only its stub has one
    """The form for the old password and a new one. Other browsers of the user are logged out."""

    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("account")
    success_message = gettext_lazy("Your password is changed. You are logged out in all other browsers.")


class ForgottenPassword(views.PasswordResetView):
    """The form for an e-mail address, which gets a link if an account has it."""

    form_class = ForgottenPasswordForm
    template_name = "accounts/forgotten_password.html"
    subject_template_name = "accounts/forgotten_password_subject.txt"
    email_template_name = "accounts/forgotten_password_email.txt"
    success_url = reverse_lazy("link-sent")


class LinkSent(views.PasswordResetDoneView):
    """The next steps, the same whether an e-mail was sent or not."""

    template_name = "accounts/link_sent.html"


class NewPassword(SuccessMessageMixin, views.PasswordResetConfirmView):  # type: ignore[type-arg]  # only its stub has one
    """The form for a new password, for users with the link."""

    template_name = "accounts/new_password.html"
    success_url = reverse_lazy("login")
    success_message = gettext_lazy("Your new password is saved. Log in with it.")


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show the user's name, roles and saved view."""
    groups = request.user.groups.values_list("name", flat=True)
    roles = (
        [gettext("administrator")] if request.user.is_superuser else [ROLE_TITLES.get(name, name) for name in groups]
    )
    own_board = getattr(request.user, "own_board", None)
    return render(request, "accounts/account.html", {"roles": roles, "own_board": own_board})


@never_cache
def log_in_to_admin(request: HttpRequest) -> HttpResponse:
    """Redirect to the log-in of the site. A logged-in user who gets here may not see the admin."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", reverse("admin:index")))
