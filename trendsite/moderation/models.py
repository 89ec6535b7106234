"""The tables of moderation. That of hidden hashtags is the truth: a hashtag is hidden only if a row hides it."""

from datetime import UTC, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

MAX_ALLOWED = 20_000
"""Allowed hashtags at once: the oldest go, and are listed again if they lead."""

MAX_SEEN = 2_000
"""Hashtags that a user has marked as seen: about a week of new ones. The oldest go."""


def in_force(now: datetime) -> Q:
    """Return the condition of rows that are in force at ``now``."""
    return Q(until=None) | Q(until__gt=now)


class HiddenHashtag(models.Model):
    """A rule that hides a hashtag, or all that match a pattern, in one language or in all (``*``)."""

    class Kind(models.TextChoices):
        """Whether ``key`` is a hashtag or a pattern."""

        EXACT = "exact", gettext_lazy("this hashtag")
        PATTERN = "pattern", gettext_lazy("all like this pattern")

    kind = models.CharField(gettext_lazy("what is hidden"), max_length=8, choices=Kind.choices, default=Kind.EXACT)
    key = models.CharField(
        gettext_lazy("hashtag or pattern"),
        max_length=MAX_HASHTAG_CHARACTERS + 1,  # with the # that people write before it
        help_text=gettext_lazy("Capitals and # do not matter. In a pattern, * stands for any characters."),
    )
    language = models.CharField(
        gettext_lazy("language"),
        max_length=8,
        default=ALL_LANGUAGES,
        help_text=gettext_lazy("Hidden in one language, it is still in the ranking of all."),
    )
    reason = models.CharField(gettext_lazy("reason"), max_length=200, help_text=gettext_lazy("Only editors see it."))
    until = models.DateTimeField(
        gettext_lazy("until"), null=True, blank=True, help_text=gettext_lazy("UTC. Empty: until an editor unhides it.")
    )
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=gettext_lazy("hidden by"),
    )
    hidden_at = models.DateTimeField(gettext_lazy("hidden at"), auto_now_add=True)

    class Meta:
        """Newest first."""

        verbose_name = gettext_lazy("hidden hashtag")
        verbose_name_plural = gettext_lazy("hidden hashtags")
        ordering = ("-hidden_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("key", "kind", "language"),
                name="hidden_once",
                violation_error_message=gettext_lazy("This is hidden already: unhide it first to change it."),
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
            raise ValidationError(_("%(number)d are hidden already. Unhide some first.") % {"number": MAX_HIDDEN})
        if self.kind == self.Kind.PATTERN and others.filter(kind=self.kind).count() >= MAX_PATTERNS:
            raise ValidationError(
                _("There are %(number)d patterns already. Unhide some first.") % {"number": MAX_PATTERNS}
            )

    def _error_of_key(self) -> str:
        if not 0 < len(self.key) <= MAX_HASHTAG_CHARACTERS or "\0" in self.key:
            return _("Enter a hashtag of at most %(number)d characters.") % {"number": MAX_HASHTAG_CHARACTERS}
        if self.kind != self.Kind.PATTERN:
            return ""
        if not 0 < self.key.count(ANY) <= MAX_ANY:
            return _("A pattern needs at least one * and at most %(number)d.") % {"number": MAX_ANY}
        if len(self.key) - self.key.count(ANY) < LEAST_CHARACTERS:
            return _("A pattern needs at least %(number)d characters besides *. Otherwise it hides too much.") % {
                "number": LEAST_CHARACTERS
            }
        return ""

    def _error_of_language(self) -> str:
        return "" if self.language in LANGUAGES | {ALL_LANGUAGES} else _("Give a language code, or * for all.")

    def _error_of_until(self) -> str:
        return _("Choose a time in the future.") if self.until and self.until <= datetime.now(UTC) else ""


class AllowedHashtag(models.Model):
    """A hashtag that an editor found harmless: the desk does not list it again, for any editor."""

    key = models.CharField(gettext_lazy("hashtag"), max_length=MAX_HASHTAG_CHARACTERS, unique=True)
    allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("allowed by"),
    )
    allowed_at = models.DateTimeField(gettext_lazy("allowed at"), auto_now_add=True)

    class Meta:
        """Newest first. Whoever may hide may also allow."""

        default_permissions = ()
        verbose_name = gettext_lazy("allowed hashtag")
        verbose_name_plural = gettext_lazy("allowed hashtags")
        ordering = ("-allowed_at", "-pk")

    def __str__(self) -> str:
        return f"#{self.key}"


class SeenHashtags(models.Model):
    """The hashtags that a user has marked as seen, oldest first, at most MAX_SEEN: the desk lists them no more."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    keys = models.JSONField(default=list)
    marked_at = models.DateTimeField()

    class Meta:
        """Each user changes only their own row, on the desk, so no permissions are needed."""

        default_permissions = ()
        verbose_name = gettext_lazy("seen hashtags")
        verbose_name_plural = gettext_lazy("seen hashtags")

    def __str__(self) -> str:
        return f"{len(self.keys)}"
