"""The API with its documentation, the feeds, and the health check."""

from django.urls import path

from trendsite.api.documentation import documentation, openapi
from trendsite.api.health import healthz
from trendsite.api.operations import api

urlpatterns = [
    path("api/", documentation, name="api-documentation"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("healthz", healthz, name="healthz"),
    path("", api.urls),
]
