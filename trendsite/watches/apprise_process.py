"""``python -m trendsite.watches.apprise_process``: sends one message by apprise, and ends.

It is a process of its own: apprise takes 55 MiB, may hang, and knows our rules about addresses only because this
process changes how it looks up hosts. It reads one JSON object from standard input and gets no secret of the site.
"""

import json
import logging
import re
import socket
import sys
from typing import Any

from trendsite.watches.public_http import is_public

_FAILED = 1
_STATUS = re.compile(r"error[=:]\s*(\d{3})")


class _Statuses(logging.Handler):
    """Keeps the last HTTP status in what apprise logs, and nothing else of it."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Look for a status."""
        if found := _STATUS.search(record.getMessage()):
            self.last = found[1]


def only_public_hosts() -> None:
    """Let every look-up of this process fail for a host with an address that is not public."""
    look_up = socket.getaddrinfo

    def checked(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the standard library has it
        found = look_up(*arguments, **named)
        if not all(is_public(str(entry[4][0])) for entry in found):
            raise socket.gaierror(socket.EAI_NONAME, "the address is in a private network")
        return found

    socket.getaddrinfo = checked


def follow_no_redirects() -> None:
    """Let every request of this process return a redirect as its answer."""
    import requests

    send = requests.Session.send

    def send_once(self: requests.Session, request: requests.PreparedRequest, **named: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
        self.trust_env = False
        return send(self, request, **{**named, "allow_redirects": False})

    requests.Session.send = send_once  # type: ignore[method-assign]


def main() -> None:
    """Send the message on standard input; exit with 0 if the service took it.

    Otherwise print the HTTP status that it answered, nothing if unknown, or ``address`` if apprise cannot use that.
    """
    message = json.load(sys.stdin)
    if not message["may_be_private"]:
        only_public_hosts()
    follow_no_redirects()
    import apprise

    statuses = _Statuses()
    logging.getLogger("apprise").addHandler(statuses)
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Trendsite", async_mode=False))
    if not sender.add(message["address"]):
        print("address")
        sys.exit(_FAILED)
    if not sender.notify(title=message["subject"], body=message["text"]):
        print(statuses.last)
        sys.exit(_FAILED)


if __name__ == "__main__":
    main()
