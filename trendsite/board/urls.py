"""The board's pages."""

from django.urls import path

from trendsite.board.own_board import keep_own_board
from trendsite.board.views import board, embed

urlpatterns = [
    path("", board, name="board"),
    path("embed/", embed, name="embed"),
    path("own-board/", keep_own_board, name="own-board"),
]
