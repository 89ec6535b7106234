"""The form that hides a hashtag, on the page of hidden hashtags and on a hashtag's page."""

from datetime import UTC, date, datetime
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError

from contract.language import ALL_LANGUAGES, LANGUAGES
from trendsite.languages.names import english_name
from trendsite.moderation.models import HiddenHashtag


def language_choices() -> list[tuple[str, str]]:
    """Return (code, name) of all languages together, then of each language in order of names."""
    named = sorted(((code, f"{english_name(code)} ({code})") for code in LANGUAGES), key=lambda named: named[1])
    return [(ALL_LANGUAGES, english_name(ALL_LANGUAGES)), *named]


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
        choices=language_choices,
        initial=ALL_LANGUAGES,
        help_text="Hidden in one language only, it stays in the ranking of all languages.",
    )
    until = UtcDateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="UTC. Leave empty to hide it until an editor unhides it.",
    )

    class Meta:
        """The fields in the order of the page."""

        model = HiddenHashtag
        fields = ("kind", "key", "language", "until", "reason")
        help_texts: ClassVar = {"reason": "Only editors see it."}
