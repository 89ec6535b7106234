"""What the database keeps of a language, and who changed it: whether it is tracked, and its words on X."""

from django.db import models


class Language(models.Model):
    """A language of :mod:`contract.language`: whether its posts are collected, and by which words X finds them."""

    code = models.CharField(max_length=8, primary_key=True)
    tracked = models.BooleanField(default=True)
    x_terms = models.TextField(blank=True, default="", help_text="Words for X, one a line; none stands for ours.")

    class Meta:
        """In the order of codes."""

        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Change(models.Model):
    """One change of the tracked languages or of their words, as somebody made it. The newest are kept."""

    made_at = models.DateTimeField(help_text="When it was made (UTC).")
    made_by = models.CharField(max_length=150, help_text="The name of whoever made it, as it was then.")
    what = models.TextField()

    class Meta:
        """Newest first, which is the order of keys. Whoever may see the languages sees their changes."""

        default_permissions = ()
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.what
