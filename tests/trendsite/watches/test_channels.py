"""Each kind of receiver gets a message over the network as it is, from the code that sends it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pytest_django import Settings

from tests.trendsite.alerts.receivers import mail_server
from trendsite.accounts.email_settings import email_settings
from trendsite.watches.channels import DeliveryError, Outgoing, Target, send
from trendsite.watches.signature import new_secret

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MESSAGE = Outgoing("0123abcd", "#Cats is now number 1", "#Cats is now number 1\nhttp://x/", {"posts": 9})


class Hook:
    """A web server that keeps requests with their headers."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.port = 0


@pytest.fixture
def hook() -> Iterator[Hook]:
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append((self.path, dict(self.headers), body))
            self.send_response(kept.status)
            self.send_header("Retry-After", "120")
            self.send_header("Location", f"http://127.0.0.1:{kept.port}/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _private_addresses(settings: Settings) -> None:
    settings.ALERTS_TO_PRIVATE_ADDRESSES = True


def test_a_webhook_is_signed_and_names_the_message(hook: Hook) -> None:
    secret = new_secret()
    send(Target("webhook", f"http://127.0.0.1:{hook.port}/hook", secret), MESSAGE, NOW)
    path, headers, body = hook.requests[0]
    stamp = headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = hmac.new(key, f"0123abcd.{stamp}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert (path, headers["webhook-id"], int(stamp)) == ("/hook", "0123abcd", int(NOW.timestamp()))
    assert json.loads(body) == {"id": "0123abcd", "text": MESSAGE.text, "posts": 9}


def test_a_webhook_that_refuses_says_for_how_long(hook: Hook) -> None:
    hook.status = 429
    with pytest.raises(DeliveryError, match="answered 429") as raised:
        send(Target("webhook", f"http://127.0.0.1:{hook.port}/", new_secret()), MESSAGE, NOW)
    assert raised.value.retry_after == 120


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}/", "ntfy://127.0.0.1:{}/topic", "ntfy://localhost:{}/topic"])
def test_private_addresses_are_refused_unless_a_setting_allows_them(
    settings: Settings, hook: Hook, address: str
) -> None:
    settings.ALERTS_TO_PRIVATE_ADDRESSES = False
    kind = "webhook" if address.startswith("http") else "apprise"
    with pytest.raises(DeliveryError, match=r"private network|could not be reached"):
        send(Target(kind, address.format(hook.port), new_secret()), MESSAGE, NOW)
    assert hook.requests == []


def test_apprise_sends_in_a_process_of_its_own(hook: Hook) -> None:
    send(Target("apprise", f"ntfy://127.0.0.1:{hook.port}/newsroom"), MESSAGE, NOW)
    assert json.loads(hook.requests[0][2])["topic"] == "newsroom"
    assert b"#Cats is now number 1" in hook.requests[0][2]


def test_apprise_follows_no_redirect_and_a_refusal_is_a_few_words(hook: Hook) -> None:
    hook.status = 302
    with pytest.raises(DeliveryError, match=r"^the service answered 302$|could not be reached"):
        send(Target("apprise", f"ntfy://127.0.0.1:{hook.port}/newsroom"), MESSAGE, NOW)
    assert {path for path, _, _ in hook.requests} == {"/"}


def test_mail_goes_through_the_mail_server_of_the_site(settings: Settings) -> None:
    with mail_server() as server:
        for name, value in email_settings(f"smtp://127.0.0.1:{server.port}").items():
            setattr(settings, name, value)
        send(Target("mail", "ada@example.org"), MESSAGE, NOW)
        mail = server.received[0]
        server.status = 500
        with pytest.raises(DeliveryError, match=r"the mail server answered 451|could not be used"):
            send(Target("mail", "ada@example.org"), MESSAGE, NOW)
    assert "Subject: #Cats is now number 1" in mail
    assert "To: ada@example.org" in mail
    assert "Message-ID: <0123abcd@trendsite>" in mail


def test_an_account_without_an_address_gets_no_mail() -> None:
    with pytest.raises(DeliveryError, match="no e-mail address"):
        send(Target("mail", ""), MESSAGE, NOW)
