"""The API with its documentation, the feeds, and the health check."""

from django.urls import include, path

from trendsite.api.documentation import OPERATIONS, documentation, openapi
from trendsite.api.status_routes import healthz

urlpatterns = [
    path("api/", documentation, name="api-documentation"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("healthz", healthz, name="healthz"),
    path("", include(([operation.url for operation in OPERATIONS], "api"))),
]
