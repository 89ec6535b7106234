"""The read API and the health check."""

from django.urls import path

from trendsite.api.health import healthz
from trendsite.api.top import top

urlpatterns = [
    path("api/v1/top", top, name="top"),
    path("healthz", healthz, name="healthz"),
]
