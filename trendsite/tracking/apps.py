"""The Django app of the pages of the tracked languages."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """Names the app."""

    name = "trendsite.tracking"
    label = "tracking"
    verbose_name = "Tracking"
