"""The board's pages."""

from django.urls import path

from trendsite.board.views import board, embed

urlpatterns = [path("", board, name="board"), path("embed/", embed, name="embed")]
