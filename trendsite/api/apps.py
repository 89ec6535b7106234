"""The Django app of the read API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Names the app."""

    name = "trendsite.api"
    label = "api"
    verbose_name = "API"
