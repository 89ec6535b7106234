"""The Django app of the users' alerts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class WatchesConfig(AppConfig):
    """Names the app."""

    name = "trendsite.watches"
    label = "watches"
    verbose_name = gettext_lazy("Alerts")
