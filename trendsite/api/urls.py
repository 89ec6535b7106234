"""The API with its documentation, the feeds, health checks and metrics."""

from django.urls import include, path

from trendsite.api.documentation import OPERATIONS, documentation, openapi
from trendsite.api.health_routes import healthz, metrics, readyz

urlpatterns = [
    path("api/", documentation, name="api-documentation"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include(([operation.url for operation in OPERATIONS], "api"))),
]
