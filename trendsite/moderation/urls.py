"""The moderation desk."""

from django.urls import path
from django.views.generic import RedirectView

from trendsite.moderation import views

urlpatterns = [
    path("moderation/", views.desk, name="moderation"),
    path("moderation/decide/", views.decide, name="decide"),
    path("moderation/hide/", views.hide_one, name="hide"),
    path("moderation/history/", views.history, name="moderation-history"),
    path("moderation/hidden/<int:pk>/unhide/", views.unhidden, name="unhide"),
    path("moderation/allowed/<int:pk>/forget/", views.forgotten, name="ask-again"),
    # Until version 0.1 the desk was the list of hidden hashtags alone.
    path("hidden/", RedirectView.as_view(pattern_name="moderation", permanent=True, query_string=True)),
]
