"""What the site's /healthz says about every part, asked over HTTP and read tolerantly."""

import http.client
import json
from dataclasses import dataclass

_PARTS = ("redis", "database", "collector", "streaming")
_TIMEOUT_SECONDS = 3
_MAX_BYTES = 65_536


@dataclass(frozen=True)
class Health:
    """Which parts are well, by name; a part about which nothing is known is left out.

    ``has_ranking`` says whether anything was counted that the board can show.
    """

    parts: dict[str, bool]
    has_ranking: bool


NO_SITE = Health({"site": False}, has_ranking=False)


def parse_health(body: bytes) -> Health:
    """Return the health in the body of an answer of /healthz; NO_SITE when it is none."""
    try:
        answer = json.loads(body)
        parts = {name: bool(answer[name]["ok"]) for name in _PARTS if name in answer}
        report = answer.get("streaming", {}).get("report") or {}
        return Health({"site": True, **parts}, has_ranking=report.get("counted_offset", 0) > 0)
    except (ValueError, TypeError, KeyError, AttributeError):
        return NO_SITE


def ask(port: int, host: str) -> Health:
    """Return what the site on ``port`` of this machine says when asked by the name ``host``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return parse_health(connection.getresponse().read(_MAX_BYTES))
    except (OSError, http.client.HTTPException):
        return NO_SITE
    finally:
        connection.close()
