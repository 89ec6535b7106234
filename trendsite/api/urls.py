"""The read API and the health check."""

from django.urls import path

from trendsite.api.days import days
from trendsite.api.hashtag import hashtag
from trendsite.api.health import healthz
from trendsite.api.race import race
from trendsite.api.suggestions import suggestions
from trendsite.api.top import top

urlpatterns = [
    path("api/v1/top", top, name="top"),
    # Of a recorded file, any character may stand in a hashtag, even a slash.
    path("api/v1/hashtags/<path:key>", hashtag, name="hashtag"),
    path("api/v1/hashtags/", suggestions, name="suggestions"),
    path("api/v1/days/", days, name="days"),
    path("api/v1/days/<str:day>/race", race, name="race"),
    path("healthz", healthz, name="healthz"),
]
