"""The Django app of the live board."""

from django.apps import AppConfig


class BoardConfig(AppConfig):
    """Names the app."""

    name = "trendsite.board"
    label = "board"
    verbose_name = "Live board"
