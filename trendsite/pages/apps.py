"""The Django app of the pages about days, hashtags, search and status."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Names the app."""

    name = "trendsite.pages"
    label = "pages"
    verbose_name = "Hashtags and days"
