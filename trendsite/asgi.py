"""The ASGI application that daphne serves: HTTP by Django, the board's WebSocket by the hub."""

import os
import sys

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

from contract.environment import SettingError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trendsite.settings")
try:
    _django = get_asgi_application()
except SettingError as error:
    sys.exit(f"trendsite: {error}")

# These need Django's settings, which only now are there.
from daphne.ws_protocol import WebSocketProtocol

from trendsite.board.consumer import BoardConsumer
from trendsite.board.hub import Hub
from trendsite.board.messages import MAX_MESSAGE_CHARACTERS
from trendsite.languages.announce import announce_if_possible, announce_when_redis_is_back

# Daphne has no option for it, and without it holds a message of any size in memory before we see it.
WebSocketProtocol.maxMessagePayloadSize = 4 * MAX_MESSAGE_CHARACTERS

# The collector may have started before us, on a Redis that never heard of our languages.
announce_when_redis_is_back()

_hub = Hub(on_connect=announce_if_possible)

application = ProtocolTypeRouter(
    {
        "http": _django,
        "websocket": AllowedHostsOriginValidator(URLRouter([path("ws/board/", BoardConsumer.as_asgi(hub=_hub))])),
    }
)
