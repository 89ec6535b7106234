"""The addresses of the languages' pages."""

from django.urls import path

from trendsite.languages.views import changes, language, languages

urlpatterns = [
    path("languages/", languages, name="languages"),
    path("languages/changes/", changes, name="language-changes"),
    path("languages/<slug:code>/", language, name="language"),
]
