"""The pages of the tracked languages, and of one of them."""

from django.urls import path

from trendsite.tracking.language import language
from trendsite.tracking.languages import changes, languages

urlpatterns = [
    path("languages/", languages, name="languages"),
    path("languages/changes/", changes, name="language-changes"),
    path("languages/<slug:code>/", language, name="language"),
]
