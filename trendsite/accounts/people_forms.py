"""The forms of the page of people, and that of an invited person."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy

from trendsite.accounts.roles import ROLE_TITLES, VIEWER

_NO_ROLE = ("", gettext_lazy("none"))


class InviteForm(forms.Form):
    """The role of a person to come, and where the link is sent, if anywhere."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=tuple(ROLE_TITLES.items()), initial=VIEWER)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False, max_length=254)


class PersonForm(forms.Form):
    """What an admin changes of a person."""

    role = forms.ChoiceField(choices=(_NO_ROLE, *ROLE_TITLES.items()), required=False)
    email = forms.EmailField(required=False, max_length=254)


class JoinForm(UserCreationForm):  # type: ignore[type-arg]  # generic only in its stubs
    """The name and the password that an invited person chooses; an e-mail address if the invitation has none."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Only to reset a forgotten password."),
    )

    def __init__(self, *arguments: Any, has_email: bool, **named: Any) -> None:  # noqa: ANN401 - Django's own
        """Ask for no address where the invitation has one."""
        super().__init__(*arguments, **named)
        if has_email:
            del self.fields["email"]

    def save(self, commit: bool = True) -> Any:  # noqa: ANN401 - a user
        """Return the account with its address."""
        user = super().save(commit=False)
        user.email = self.cleaned_data.get("email", "")
        if commit:
            user.save()
        return user
