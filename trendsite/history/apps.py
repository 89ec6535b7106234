"""The Django app of the past days."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """Names the app in the admin."""

    name = "trendsite.history"
    label = "history"
    verbose_name = "Past days"
