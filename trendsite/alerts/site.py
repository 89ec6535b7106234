"""Asks the site what is wrong. A site that does not answer is a problem itself."""

import http.client

import msgspec

from contract.address import Address
from trendsite.alerts.problems import SITE_AWAY, Problem

_PATH = "/healthz"
_TIMEOUT_SECONDS = 3.0
_MAX_BYTES = 262_144


class _Answer(msgspec.Struct):
    """What matters of the site's answer."""

    problems: list[Problem]


def read_problems(site: Address, host: str) -> list[Problem]:
    """Return the problems that the site on an address reports to a request with the Host ``host``."""
    connection = http.client.HTTPConnection(*site, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", _PATH, headers={"Host": host})
        return decode_problems(connection.getresponse().read(_MAX_BYTES))
    except (OSError, http.client.HTTPException, msgspec.DecodeError, RecursionError):
        return [SITE_AWAY]
    finally:
        connection.close()


def decode_problems(body: bytes) -> list[Problem]:
    """Return the problems in the body of an answer.

    Raises:
        msgspec.DecodeError: it is not an answer of the site.
    """
    return msgspec.json.decode(body, type=_Answer).problems
