"""The board as a browser sees it: through Caddy, with TLS and a certificate of Caddy's own authority."""

import json
import re
import socket
import ssl
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlencode

from websockets.sync.client import connect

from tests.containers.stack import HOST

_SECONDS = 20


class _Connection(HTTPSConnection):
    """A connection to HOST at an address that no name server knows."""

    def __init__(self, address: str, trusted: ssl.SSLContext) -> None:
        super().__init__(HOST, context=trusted, timeout=_SECONDS)
        self._create_connection = lambda _, timeout, __: socket.create_connection((address, 443), timeout)


class Board:
    """A person at the board. Cookies stay from one request to the next."""

    def __init__(self, address: str, authority: str) -> None:
        """Reach the site at ``address`` and trust ``authority``, a certificate as PEM."""
        self._address = address
        self._trusted = ssl.create_default_context(cadata=authority)
        self._cookies: dict[str, str] = {}

    def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and body of a response."""
        connection = _Connection(self._address, self._trusted)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{HOST}{path}"}
        try:
            connection.request(method, path, body=urlencode(fields) if fields else None, headers=headers)
            response = connection.getresponse()
            self._keep_cookies(response)
            return response.status, response.read().decode()
        finally:
            connection.close()

    def _keep_cookies(self, response: HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value

    def logs_in(self, name: str, password: str) -> bool:
        """Return whether a person can log in and open the admin."""
        _, page = self.request("GET", "/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        fields = {"csrfmiddlewaretoken": token[1] if token else "", "username": name, "password": password}
        status, _ = self.request("POST", "/login/", fields)
        return status == 302 and self.request("GET", "/admin/")[0] == 200

    def posts(self) -> int:
        """Return the posts of today in the API's ranking; 0 while there is none."""
        try:
            status, body = self.request("GET", "/api/v1/top")
            return int(json.loads(body)["posts"]) if status == 200 else 0
        except (OSError, HTTPException, ValueError):
            return 0

    def has_bars(self) -> bool:
        """Return whether the WebSocket sends a ranking, as the page draws it."""
        url, origin = f"wss://{HOST}/ws/board/", f"https://{HOST}"
        raw = socket.create_connection((self._address, 443), _SECONDS)
        options = {"origin": origin, "open_timeout": _SECONDS, "close_timeout": 1}
        with connect(url, sock=raw, ssl=self._trusted, **options) as page:
            messages = (json.loads(page.recv(timeout=_SECONDS)) for _ in range(10))
            return any(message.get("top") for message in messages)
