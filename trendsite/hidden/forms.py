"""The form that hides a hashtag, on its own page and on a hashtag's."""

from django import forms

from contract.language import ALL_LANGUAGES, LANGUAGES
from trendsite.hidden.models import HiddenHashtag
from trendsite.languages.names import english_name


def language_choices() -> list[tuple[str, str]]:
    """Return (code, name) of all languages together and then each by its name."""
    named = sorted(((code, f"{english_name(code)} ({code})") for code in LANGUAGES), key=lambda named: named[1])
    return [(ALL_LANGUAGES, english_name(ALL_LANGUAGES)), *named]


class HideForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in its stubs
    """What to hide, where, why and until when."""

    language = forms.ChoiceField(
        choices=language_choices, initial=ALL_LANGUAGES, help_text="In one language: still in the ranking of all."
    )
    until = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="UTC; empty: until somebody unhides it.",
    )

    class Meta:
        """The fields in the order of the page."""

        model = HiddenHashtag
        fields = ("kind", "key", "language", "until", "reason")
