"""The tables of the tracked languages: whether each is tracked, its terms on X, and the log of changes."""

from django.db import models

from trendsite.languages import change_words

MAX_COUNTRIES_CHARACTERS = 100


class Language(models.Model):
    """A language of :mod:`contract.language`: whether its posts are collected, and the terms by which X finds them."""

    code = models.CharField(max_length=8, primary_key=True)
    tracked = models.BooleanField(default=True)
    x_terms = models.TextField(blank=True, default="", help_text="Words for X, one a line; none stands for ours.")
    x_countries = models.CharField(
        max_length=MAX_COUNTRIES_CHARACTERS, blank=True, default="", help_text="Countries on X; none stands for all."
    )

    class Meta:
        """Ordered by code."""

        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Change(models.Model):
    """One change that an editor made to the tracked languages or their terms. Only the newest are stored.

    ``facts`` are what changed, for a sentence in the reader's language (``change_words.py``). Older rows have only
    ``what``, the sentence in English.
    """

    made_at = models.DateTimeField(help_text="When it was made (UTC).")
    made_by = models.CharField(max_length=150, help_text="The editor's name at that time.")
    what = models.TextField()
    facts = models.JSONField(null=True)

    class Meta:
        """Newest first, in order of keys. The permission to view languages covers their changes."""

        default_permissions = ()
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.what

    @property
    def in_words(self) -> str:
        """What changed, in the active language if that is known."""
        return change_words.in_words(self.facts) if self.facts else self.what
