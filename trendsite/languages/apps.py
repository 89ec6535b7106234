"""The Django app of the tracked languages."""

from django.apps import AppConfig


class LanguagesConfig(AppConfig):
    """Names the app."""

    name = "trendsite.languages"
    label = "languages"
    verbose_name = "Languages"
