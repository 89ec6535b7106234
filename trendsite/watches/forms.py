"""The forms of alerts: a watch, a receiver, and when a user gets alerts. All bounds are checked here."""

from datetime import time
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from contract.language import LANGUAGES
from contract.post import MAX_HASHTAG_CHARACTERS, fold
from trendsite.languages.names import own_name
from trendsite.moderation.models import LEAST_CHARACTERS, MAX_ANY
from trendsite.queries.busiest_languages import read_busiest_languages
from trendsite.queries.choice import MAX_CHOSEN
from trendsite.queries.hiding import ANY
from trendsite.sources import NETWORKS
from trendsite.watches.counts import MAX_PLACES
from trendsite.watches.models import (
    MAX_RECEIVERS,
    MAX_WATCHES,
    MAX_WATCHES_OF_SITE,
    Preferences,
    Receiver,
    Watch,
)
from trendsite.watches.public_http import AddressError, checked_url
from trendsite.watches.quiet import zone_names
from trendsite.watches.services import service_of
from trendsite.watches.signature import new_secret

LIMITS = {
    Watch.Condition.DAY: (1, MAX_PLACES, 10),
    Watch.Condition.HOUR: (1, MAX_PLACES, 10),
    Watch.Condition.RISING: (2, 50, 3),
    Watch.Condition.COUNT: (1, 10_000_000, 100),
}
"""The least, the most and the first number of each condition."""


UNITS = {
    Watch.Condition.DAY: gettext_lazy("places"),
    Watch.Condition.HOUR: gettext_lazy("places"),
    Watch.Condition.RISING: gettext_lazy("times"),
    Watch.Condition.COUNT: gettext_lazy("posts"),
}
"""What the number of each condition counts."""


def _language_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the languages with the most posts today, then all others, by their own names."""
    busiest = async_to_sync(read_busiest_languages)()
    others = sorted(LANGUAGES - set(busiest), key=lambda code: own_name(code).casefold())
    groups = ((_("Most posts today"), busiest), (_("Others"), others))
    return [(name, [(code, own_name(code)) for code in codes]) for name, codes in groups if codes]


class WatchForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in its stubs
    """What is watched. Each condition has a number of its own; that of the chosen one counts."""

    subject = forms.ChoiceField(choices=Watch.Subject.choices, initial=Watch.Subject.HASHTAG, widget=forms.RadioSelect)
    condition = forms.ChoiceField(choices=Watch.Condition.choices, initial=Watch.Condition.DAY)
    languages = forms.MultipleChoiceField(choices=_language_choices, required=False)
    networks = forms.MultipleChoiceField(
        choices=list(NETWORKS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    # Named by text: a number can be too large for the database.
    receivers = forms.ModelMultipleChoiceField(
        Receiver.objects.none(), to_field_name="uid", required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        """The columns that the form sets as they are."""

        model = Watch
        fields = ("subject", "key", "condition", "receivers", "is_on")

    def __init__(self, user: User, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as Django's
        """Offer the receivers of ``user``."""
        super().__init__(*arguments, **named)
        self._user = user
        self.fields["receivers"].queryset = user.alert_receivers.all()  # type: ignore[attr-defined]
        for condition, (least, most, first) in LIMITS.items():
            self.fields[f"number_{condition}"] = forms.IntegerField(
                min_value=least, max_value=most, required=False, initial=first
            )
        watch: Watch = self.instance
        if watch.pk:
            self.fields[f"number_{watch.condition}"].initial = watch.threshold
            self.fields["languages"].initial = [code for code in watch.languages.split(",") if code]
            self.fields["networks"].initial = [name for name in watch.networks.split(",") if name]
        elif not self.is_bound:
            self.fields["receivers"].initial = list(self.fields["receivers"].queryset)  # type: ignore[attr-defined]

    @property
    def conditions(self) -> list[dict[str, object]]:
        """Return each condition with its number, for the page."""
        chosen = self["condition"].value()
        return [
            {
                "value": value,
                "label": label,
                "is_chosen": value == chosen,
                "number": self[f"number_{value}"],
                "unit": UNITS[Watch.Condition(value)],
            }
            for value, label in Watch.Condition.choices
        ]

    def clean_key(self) -> str:
        """Fold the hashtag or pattern as hashtags are."""
        return fold(self.cleaned_data["key"].strip())

    def clean_languages(self) -> str:
        """Return the codes with commas."""
        codes = self.cleaned_data["languages"]
        if len(codes) > MAX_CHOSEN:
            raise ValidationError(_("Choose at most %(most)s languages, or none for all.") % {"most": MAX_CHOSEN})
        return ",".join(sorted(codes))

    def clean_networks(self) -> str:
        """Return the names with commas; all of them are none."""
        names = self.cleaned_data["networks"]
        return "" if len(names) == len(NETWORKS) else ",".join(sorted(names))

    def clean(self) -> dict[str, Any]:
        """Check the key by its subject, the number by its condition, and how many watches there are."""
        found = super().clean() or {}
        subject, condition, key = found.get("subject"), found.get("condition"), found.get("key", "")
        if subject and (error := _key_error(subject, key)):
            self.add_error("key", error)
        if subject == Watch.Subject.NEWCOMERS:
            found["key"] = ""
        if condition:
            found["threshold"] = found.get(f"number_{condition}")
            if found["threshold"] is None and not self.has_error(f"number_{condition}"):
                self.add_error(f"number_{condition}", _("Enter a number."))
        if not self.instance.pk:
            self._check_room()
        return found

    def _check_room(self) -> None:
        if Watch.objects.filter(user=self._user).count() >= MAX_WATCHES:
            raise ValidationError(_("You have %(most)s alerts. Delete one first.") % {"most": MAX_WATCHES})
        if Watch.objects.count() >= MAX_WATCHES_OF_SITE:
            raise ValidationError(_("This site watches as much as it can. Ask an administrator."))

    def save(self, commit: bool = True) -> Watch:
        """Save the watch. Its condition is looked at anew, so what holds already is no alert."""
        watch: Watch = self.instance
        watch.user = self._user
        watch.threshold = self.cleaned_data["threshold"]
        watch.key, watch.languages = self.cleaned_data["key"], self.cleaned_data["languages"]
        watch.networks = self.cleaned_data["networks"]
        watch.locale = get_language() or "en"
        watch.started_at = None
        saved: Watch = super().save(commit)
        saved.episodes.all().delete()
        return saved


def _key_error(subject: str, key: str) -> str:
    if subject == Watch.Subject.NEWCOMERS:
        return ""
    if not 0 < len(key) <= MAX_HASHTAG_CHARACTERS or "\0" in key:
        return _("Enter a hashtag of at most %(most)s characters.") % {"most": MAX_HASHTAG_CHARACTERS}
    if subject == Watch.Subject.HASHTAG:
        return _("A * makes it a pattern: choose that above.") if ANY in key else ""
    if not 0 < key.count(ANY) <= MAX_ANY:
        return _("A pattern needs at least one * and at most %(most)s.") % {"most": MAX_ANY}
    if len(key) - key.count(ANY) < LEAST_CHARACTERS:
        return _("A pattern needs at least %(least)s characters besides *.") % {"least": LEAST_CHARACTERS}
    return ""


class ReceiverForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in its stubs
    """A receiver. A webhook gets a secret, which the page shows once; a receiver's kind stays.

    The address of a chat or push service may have a password, so it is not shown again: an empty one leaves it.
    """

    new_secret = forms.BooleanField(required=False)

    class Meta:
        """The fields in the order of the page."""

        model = Receiver
        fields = ("kind", "name", "address")
        widgets = {"kind": forms.RadioSelect}  # noqa: RUF012 - as Django has it

    def __init__(self, user: User, has_mail: bool, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        """Offer mail only if ``has_mail``: the site sends mail, and the account has an address."""
        super().__init__(*arguments, **named)
        self._user = user
        self._address: str = self.instance.address
        self.secret_to_show = ""
        kinds = [one for one in Receiver.Kind.choices if has_mail or one[0] != Receiver.Kind.MAIL]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["kind"].initial = kinds[0][0]
        if self.instance.pk:
            self.fields["kind"].disabled = True
        if self.hides_address:
            self.initial["address"] = ""

    @property
    def hides_address(self) -> bool:
        """Whether the receiver has an address that the page does not show."""
        return bool(self.instance.pk) and self.instance.kind == Receiver.Kind.APPRISE

    def clean(self) -> dict[str, Any]:
        """Check the address by its kind, the name, and how many receivers there are."""
        found = super().clean() or {}
        kind, address = found.get("kind"), found.get("address", "").strip()
        if self.hides_address and not address:
            address = self._address
        found["address"] = "" if kind == Receiver.Kind.MAIL else address
        if error := _address_error(kind, address):
            self.add_error("address", error)
        others = Receiver.objects.filter(user=self._user).exclude(pk=self.instance.pk)
        if others.filter(name=found.get("name", "")).exists():
            self.add_error("name", _("You have a receiver of this name."))
        if not self.instance.pk and others.count() >= MAX_RECEIVERS:
            raise ValidationError(_("You have %(most)s receivers. Delete one first.") % {"most": MAX_RECEIVERS})
        return found

    def save(self, commit: bool = True) -> Receiver:
        """Save the receiver. What waits for it is tried at once at a new address."""
        receiver: Receiver = self.instance
        receiver.user = self._user
        receiver.address = self.cleaned_data["address"]
        if receiver.kind == Receiver.Kind.WEBHOOK and (not receiver.secret or self.cleaned_data["new_secret"]):
            receiver.secret = self.secret_to_show = new_secret()
        # Only what the form changes: what is on its way notes its failures meanwhile.
        changed = ["name", "address", "secret"]
        if receiver.address != self._address:
            receiver.failures, receiver.retry_at = 0, None
            changed += ["failures", "retry_at"]
        if commit:
            receiver.save(update_fields=changed if receiver.pk else None)
        return receiver


def _address_error(kind: str | None, address: str) -> str:
    try:
        if kind == Receiver.Kind.WEBHOOK:
            checked_url(address)
        elif kind == Receiver.Kind.APPRISE:
            service_of(address)
    except AddressError as error:
        return str(error)
    return ""


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in its stubs
    """Time zone, quiet hours and digest."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=lambda: [(n, n) for n in zone_names()])
    digest_hour = forms.TypedChoiceField(
        label=gettext_lazy("Daily digest"), required=False, coerce=int, empty_value=None
    )

    class Meta:
        """The fields in the order of the page."""

        model = Preferences
        fields = ("time_zone", "quiet_from", "quiet_until", "quiet_mode", "digest_hour")
        widgets = {  # noqa: RUF012 - as Django has it
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_mode": forms.RadioSelect,
        }

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as Django's
        """Offer each hour of the day."""
        super().__init__(*arguments, **named)
        hours = [(hour, f"{time(hour):%H:%M}") for hour in range(24)]
        self.fields["digest_hour"].choices = [("", _("None")), *hours]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that the quiet hours have both ends."""
        found = super().clean() or {}
        if (found.get("quiet_from") is None) != (found.get("quiet_until") is None):
            self.add_error("quiet_until", _("Give both ends of the quiet hours, or neither."))
        return found
