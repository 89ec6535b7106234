"""The board's pages."""

from django.urls import path

from trendsite.board.history import board_history
from trendsite.board.installable import manifest, offline, service_worker
from trendsite.board.own_board import keep_own_board
from trendsite.board.views import board, board_code, embed

urlpatterns = [
    path("", board, name="board"),
    path("embed/", embed, name="embed"),
    path("board-history/", board_history, name="board-history"),
    path("board-code.svg", board_code, name="board-code"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service-worker"),
    path("offline/", offline, name="offline"),
    path("own-board/", keep_own_board, name="own-board"),
]
