"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("trendsite.board.urls")),
    path("", include("trendsite.api.urls")),
    path("", include("trendsite.pages.urls")),
    path("", include("trendsite.languages.urls")),
    path("", include("trendsite.accounts.urls")),
    path("", include("trendsite.reader_language")),
    path("", include("trendsite.moderation.urls")),
    path("alerts/", include("trendsite.watches.urls")),
    path("admin/", admin.site.urls),
]
