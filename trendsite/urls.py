"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("", include("trendsite.board.urls")),
    path("", include("trendsite.api.urls")),
    path("", include("trendsite.explore.urls")),
    path("", include("trendsite.languages.urls")),
    path("", include("trendsite.hidden.urls")),
    path("login/", LoginView.as_view(template_name="login.html", redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
