"""The page of the hidden hashtags."""

from django.urls import path

from trendsite.moderation.views import hidden, unhidden

urlpatterns = [
    path("hidden/", hidden, name="hidden"),
    path("hidden/<int:pk>/unhide/", unhidden, name="unhide"),
]
