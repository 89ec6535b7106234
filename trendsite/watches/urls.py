"""The pages of the users' alerts."""

from django.urls import path

from trendsite.watches import views
from trendsite.watches.feed import feed

urlpatterns = [
    path("", views.alerts, name="alerts"),
    path("new/", views.new_watch, name="new-alert"),
    path("<int:pk>/", views.edit_watch, name="edit-alert"),
    path("<int:pk>/delete/", views.delete_watch, name="delete-alert"),
    path("receivers/new/", views.new_receiver, name="new-receiver"),
    path("receivers/<int:pk>/", views.edit_receiver, name="edit-receiver"),
    path("receivers/<int:pk>/delete/", views.delete_receiver, name="delete-receiver"),
    path("receivers/<int:pk>/test/", views.test_receiver, name="test-receiver"),
    path("feeds/new/", views.new_feed, name="new-feed"),
    path("preferences/", views.preferences, name="alert-preferences"),
    path("log/", views.log, name="alerts-log"),
    path("watched/", views.watched, name="watched"),
    path("feeds/<str:token>.atom", feed, name="alerts-feed"),
]
