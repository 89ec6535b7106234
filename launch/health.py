"""The health of every part, fetched from the site's /healthz and parsed tolerantly."""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from contract.address import Address, reachable_host
from contract.environment import Environment
from launch.parts import read_parts

_PARTS = ("redis", "database", "disk", "collector", "streaming", "archive")
_OF_NETWORK = ("collector", "streaming")
_TIMEOUT_SECONDS = 3
_MAX_BYTES = 65_536


@dataclass(frozen=True)
class Health:
    """Which parts run, by name; a part whose state is unknown is left out.

    Of several networks, each has parts of its own, such as ``mastodon collector``. The parts ``collector`` and
    ``streaming`` then run if those of any network do. ``has_ranking`` is whether the board has anything to show.
    ``problems`` says, by name, what is wrong with a part that runs: a person must act on it, because a restart does
    not help.
    """

    parts: dict[str, bool]
    has_ranking: bool
    problems: dict[str, str] = field(default_factory=dict)


NO_SITE = Health({"site": False}, has_ranking=False)


def parse_health(body: bytes) -> Health:
    """Return the health in the body of a response of /healthz; NO_SITE if it is not one."""
    try:
        response = json.loads(body)
        problems = _problems(response)
        networks = response.get("networks") or {}
        parts = {name: _runs(response[name], name, problems) for name in _PARTS if name in response}
        of_networks = {
            f"{network} {part}": _runs(health[part], f"{network} {part}", problems)
            for network, health in networks.items()
            for part in _OF_NETWORK
        }
        if networks:
            parts |= {part: any(of_networks[f"{network} {part}"] for network in networks) for part in _OF_NETWORK}
        counting = [health["streaming"] for health in networks.values()] or [response.get("streaming", {})]
        has_ranking = any((part.get("report") or {}).get("counted_offset", 0) > 0 for part in counting)
        return Health({"site": True, **parts, **of_networks}, has_ranking, problems)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return NO_SITE


def _runs(health: dict[str, Any], name: str, problems: dict[str, str]) -> bool:
    return bool(health["ok"]) or name in problems


def _problems(response: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with each part that still runs."""
    reported = [(_name(problem), problem["kind"], problem["what"]) for problem in response.get("problems", [])]
    away = {part for part, kind, _ in reported if kind == "away"}
    return {part: what for part, _, what in reported if part not in away}


def _name(problem: dict[str, Any]) -> str:
    network = problem.get("network")
    return f"{network} {problem['part']}" if network else str(problem["part"])


def fetch(address: Address, host: str) -> Health:
    """Return the health that the site on ``address`` reports to a request with the Host ``host``."""
    connection = http.client.HTTPConnection(reachable_host(address[0]), address[1], timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return parse_health(connection.getresponse().read(_MAX_BYTES))
    except (OSError, http.client.HTTPException):
        return NO_SITE
    finally:
        connection.close()


def request_host(settings: Environment) -> str:
    """Return a Host header that the site accepts, whatever ALLOWED_HOSTS is."""
    first = settings.hosts("ALLOWED_HOSTS", "127.0.0.1")[0].lstrip(".")
    return "127.0.0.1" if first in ("", "*") else first


def health_check(settings: Environment) -> Callable[[], Health]:
    """Return what reads the health of the parts on this machine: from the site, or without one from Redis."""
    if read_parts(settings).has_site:
        address, host = (settings.bind_address(), settings.integer("PORT", 8000, 1, 65_535)), request_host(settings)
        return lambda: fetch(address, host)
    # Imported here: the client of Redis takes 19 MiB, which a greeter beside the site does without.
    from launch.pipeline_health import pipeline_check

    return pipeline_check(settings)
