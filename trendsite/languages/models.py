"""What the database keeps of a language: whether it is tracked."""

from django.db import models


class Language(models.Model):
    """A language of :mod:`contract.language` and whether its posts are collected."""

    code = models.CharField(max_length=8, primary_key=True)
    tracked = models.BooleanField(default=True)

    class Meta:
        """In the order of codes."""

        ordering = ("code",)

    def __str__(self) -> str:
        return self.code
