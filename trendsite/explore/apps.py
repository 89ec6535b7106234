"""The Django app of hashtags, days and search."""

from django.apps import AppConfig


class ExploreConfig(AppConfig):
    """Names the app."""

    name = "trendsite.explore"
    label = "explore"
    verbose_name = "Hashtags and days"
