"""The page of the tracked languages."""

from django.urls import path

from trendsite.languages.views import languages

urlpatterns = [path("languages/", languages, name="languages")]
