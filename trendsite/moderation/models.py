"""The table of hidden hashtags. It is the truth: a hashtag is hidden if, and only if, a row hides it."""

from datetime import UTC, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.post import MAX_HASHTAG_CHARACTERS, fold
from trendsite.queries.hiding import ANY, HidingRule

PERMISSION = "hidden.change_hiddenhashtag"
"""The permission to see, hide and unhide."""

MAX_HIDDEN = 1_000
"""Rows at once: each process holds all of them and reads them twice a second."""

MAX_PATTERNS = 100
"""Patterns among them: a hashtag that is not in the cache is compared with each."""

MAX_ANY = 5
"""How many ``*`` a pattern may have."""

LEAST_CHARACTERS = 2
"""How many other characters a pattern needs, so that no mistake hides everything."""


def in_force(now: datetime) -> Q:
    """Return the condition of rows that are in force at ``now``."""
    return Q(until=None) | Q(until__gt=now)


class HiddenHashtag(models.Model):
    """A rule that hides a hashtag, or all that match a pattern, in one language or in all (``*``)."""

    class Kind(models.TextChoices):
        """Whether ``key`` is a hashtag or a pattern."""

        EXACT = "exact", "this hashtag"
        PATTERN = "pattern", "all like this pattern"

    kind = models.CharField("what is hidden", max_length=8, choices=Kind.choices, default=Kind.EXACT)
    key = models.CharField(
        "hashtag or pattern",
        max_length=MAX_HASHTAG_CHARACTERS + 1,  # with the # that people write before it
        help_text=f"Capitals and # do not matter. In a pattern, {ANY} stands for any characters.",
    )
    language = models.CharField(
        max_length=8,
        default=ALL_LANGUAGES,
        help_text="Hidden in one language, it is still in the ranking of all.",
    )
    reason = models.CharField(max_length=200, help_text="Only editors see it.")
    until = models.DateTimeField(null=True, blank=True, help_text="UTC. Empty: until an editor unhides it.")
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    hidden_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Newest first."""

        verbose_name = "hidden hashtag"
        verbose_name_plural = "hidden hashtags"
        ordering = ("-hidden_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("key", "kind", "language"),
                name="hidden_once",
                violation_error_message="This is hidden already: unhide it first to change it.",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.key}" if self.language == ALL_LANGUAGES else f"#{self.key} ({self.language})"

    @property
    def rule(self) -> HidingRule:
        """The rule of the row."""
        return HidingRule(self.key, self.kind == self.Kind.PATTERN, self.language, self.until)

    def clean(self) -> None:
        """Fold the key like a hashtag, and refuse rules that hide nothing or too much."""
        self.key = fold(self.key.strip())
        errors = {"key": self._error_of_key(), "language": self._error_of_language(), "until": self._error_of_until()}
        if any(errors.values()):
            raise ValidationError({field: error for field, error in errors.items() if error})
        others: QuerySet[HiddenHashtag] = HiddenHashtag.objects.exclude(pk=self.pk)
        if others.count() >= MAX_HIDDEN:
            raise ValidationError(f"{MAX_HIDDEN} are hidden already. Unhide some first.")
        if self.kind == self.Kind.PATTERN and others.filter(kind=self.kind).count() >= MAX_PATTERNS:
            raise ValidationError(f"There are {MAX_PATTERNS} patterns already. Unhide some first.")

    def _error_of_key(self) -> str:
        if not 0 < len(self.key) <= MAX_HASHTAG_CHARACTERS or "\0" in self.key:
            return f"Enter a hashtag of at most {MAX_HASHTAG_CHARACTERS} characters."
        if self.kind != self.Kind.PATTERN:
            return ""
        if not 0 < self.key.count(ANY) <= MAX_ANY:
            return f"A pattern needs at least one {ANY} and at most {MAX_ANY}."
        if len(self.key) - self.key.count(ANY) < LEAST_CHARACTERS:
            return f"A pattern needs at least {LEAST_CHARACTERS} characters besides {ANY}. Otherwise it hides too much."
        return ""

    def _error_of_language(self) -> str:
        return "" if self.language in LANGUAGES | {ALL_LANGUAGES} else "Give a language code, or * for all."

    def _error_of_until(self) -> str:
        return "Choose a time in the future." if self.until and self.until <= datetime.now(UTC) else ""
