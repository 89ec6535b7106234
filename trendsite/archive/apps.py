"""The Django app of the archive."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ArchiveConfig(AppConfig):
    """The app in the admin. Its label and its tables are named history."""

    name = "trendsite.archive"
    label = "history"
    verbose_name = gettext_lazy("Past days")
