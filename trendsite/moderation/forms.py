"""The forms that hide a hashtag: that of the admin, that of the site, and the few fields of a single click."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from contract.language import ALL_LANGUAGES, LANGUAGES
from trendsite.languages.names import language_name
from trendsite.moderation.models import HiddenHashtag

DURATIONS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}

DURATION_CHOICES = (
    ("1h", gettext_lazy("1 hour")),
    ("24h", gettext_lazy("24 hours")),
    ("7d", gettext_lazy("7 days")),
    ("", gettext_lazy("until unhidden")),
)
"""How long a rule lasts. Every process drops it by itself at its end."""


def language_choices() -> list[tuple[str, str]]:
    """Return (code, name) of all languages together, then of each language in order of names."""
    named = sorted(((code, f"{language_name(code)} ({code})") for code in LANGUAGES), key=lambda named: named[1])
    return [(ALL_LANGUAGES, language_name(ALL_LANGUAGES)), *named]


class UtcDateTimeField(forms.DateTimeField):
    """A moment in UTC. In another time zone it can lie outside of the UTC calendar, which is an error."""

    def to_python(self, value: str | datetime | date | None) -> datetime | None:
        """Return the moment, or raise ValidationError."""
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class HideForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in its stubs
    """The hashtag or pattern, the language, the reason and the end of a rule."""

    language = forms.ChoiceField(
        label=gettext_lazy("language"),
        choices=language_choices,
        initial=ALL_LANGUAGES,
        help_text=gettext_lazy("Hidden in one language only, it stays in the ranking of all languages."),
    )
    until = UtcDateTimeField(
        label=gettext_lazy("until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("UTC. Leave empty to hide it until an editor unhides it."),
    )

    class Meta:
        """The fields in the order of the page."""

        model = HiddenHashtag
        fields = ("kind", "key", "language", "until", "reason")
        help_texts: ClassVar = {"reason": gettext_lazy("Only editors see it.")}


class LastingHideForm(HideForm):
    """The form of the site, which also offers durations. An exact ``until`` goes before a duration."""

    lasts = forms.ChoiceField(label=gettext_lazy("for"), choices=DURATION_CHOICES, required=False)
    field_order = ("kind", "key", "language", "lasts", "until", "reason")

    def clean(self) -> dict[str, Any]:
        """Make a moment of a duration."""
        cleaned = super().clean() or self.cleaned_data
        lasts = cleaned.get("lasts")
        if lasts and not cleaned.get("until") and "until" not in self.errors:
            cleaned["until"] = datetime.now(UTC) + DURATIONS[lasts]
        return cleaned


class QuickHideForm(LastingHideForm):
    """The same with one click: a hashtag in all languages. A reason may follow later, so none is needed."""

    reason = forms.CharField(max_length=200, required=False)
