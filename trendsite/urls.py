"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("trendsite.board.urls")),
    path("", include("trendsite.api.urls")),
    path("", include("trendsite.explore.urls")),
    path("", include("trendsite.tracking.urls")),
    path("", include("trendsite.accounts.urls")),
    path("", include("trendsite.hidden.urls")),
    path("admin/", admin.site.urls),
]
