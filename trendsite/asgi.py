"""The ASGI application that trendsite.serve runs: HTTP by Django, the board's WebSocket by the hub."""

import os
import sys

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

from contract.environment import SettingError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trendsite.settings")
try:
    _django = get_asgi_application()
except SettingError as error:
    sys.exit(f"trendsite: {error}")

# These need Django's settings, which only now are there.
from trendsite.board.admission import Admission
from trendsite.board.consumer import BoardConsumer
from trendsite.board.hub import Hub
from trendsite.hidden.following import Following
from trendsite.languages.announce import announce_if_possible, announce_when_redis_is_back
from trendsite.live import hidden_now, viewers

# The collector may have started before us, on a Redis that never heard of our languages.
announce_when_redis_is_back()
Following(hidden_now.of_this_process).start()

_board = BoardConsumer.as_asgi(
    hub=Hub(on_connect=announce_if_possible),
    admission=Admission(settings.MAX_VIEWERS, settings.MAX_VIEWERS_PER_ADDRESS),
    viewers=viewers.of_this_process,
)

application = ProtocolTypeRouter(
    {"http": _django, "websocket": AllowedHostsOriginValidator(URLRouter([path("ws/board/", _board)]))}
)
