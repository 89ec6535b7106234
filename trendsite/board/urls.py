"""The board's page."""

from django.urls import path

from trendsite.board.views import board

urlpatterns = [path("", board, name="board")]
