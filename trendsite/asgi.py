"""The ASGI application: Django serves HTTP, the board's broadcaster serves its WebSocket."""

import logging
import os
import resource
import sys

from django.conf import settings
from django.core.asgi import get_asgi_application

from contract.environment import SettingError

os.environ["DJANGO_SETTINGS_MODULE"] = "trendsite.settings"
try:
    _django = get_asgi_application()
except SettingError as error:
    sys.exit(f"trendsite: {error}")

# These imports need Django's settings.
from trendsite.board.live.broadcaster import Broadcaster
from trendsite.board.live.consumer import BoardConsumer
from trendsite.board.live.limits import ViewerLimits
from trendsite.languages.announce import announce_if_possible, announce_when_redis_is_back
from trendsite.moderation.propagation import RuleFollower
from trendsite.pending_connections import connection_budget
from trendsite.queries.health import process_viewers
from trendsite.queries.hiding import process_hiding
from trendsite.queries.site_processes import ProcessReporter
from trendsite.routing import Router
from trendsite.watches.worker import Worker

# The collector may already be running on a Redis that has no tracked languages.
announce_when_redis_is_back()
RuleFollower(process_hiding).start()
Worker().start()
if settings.SITE_PROCESSES > 1:
    ProcessReporter().start()

_max_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
_max_viewers = min(settings.MAX_VIEWERS, connection_budget(_max_files).viewers)
if _max_viewers < settings.MAX_VIEWERS:
    logging.getLogger(__name__).warning(
        "This process lets in %d viewers, not MAX_VIEWERS=%d: it may open %d files (ulimit -n)",
        *(_max_viewers, settings.MAX_VIEWERS, _max_files),
    )

_board = BoardConsumer.as_asgi(
    broadcaster=Broadcaster(on_connect=announce_if_possible),
    limits=ViewerLimits(_max_viewers, settings.MAX_VIEWERS_PER_ADDRESS),
    viewers=process_viewers,
)

application = Router(
    _django,
    _board,
    prefix=settings.SITE_PREFIX,
    allowed_hosts=settings.ALLOWED_HOSTS,
    more_origins=settings.CSRF_TRUSTED_ORIGINS,
)
