"""Alerts from a site to a real mail server and a real webhook."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from contract.environment import Environment
from tests.trendsite.alerts.receivers import Receiver, http_server, mail_server, report
from trendsite.alerts.__main__ import CHECK_SECONDS, Alerts, Clock
from trendsite.alerts.channels import DeliveryError, channels
from trendsite.alerts.config import AlertConfig
from trendsite.alerts.messages import Message
from trendsite.alerts.outbox import MAX_WAITING, Outbox
from trendsite.alerts.site import read_problems

ROOT = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FAILED = {
    "part": "archive",
    "kind": "failed",
    "what": "archiving failed, 1 day waits: S3 refused: AccessDenied",
    "todo": "Check ARCHIVE_URL.",
    "since": "2026-11-22T01:00:00Z",
}


@pytest.fixture
def site() -> Iterator[Receiver]:
    with http_server() as server:
        report(server)
        yield server


@pytest.fixture
def webhook() -> Iterator[Receiver]:
    with http_server() as server:
        yield server


@pytest.fixture
def mails() -> Iterator[Receiver]:
    with mail_server() as server:
        yield server


def parsed(mail: str) -> EmailMessage:
    return message_from_string(mail, EmailMessage, policy=policy.default)


class Operator:
    """Alerts with a clock that a test moves on."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.seconds = 0.0
        self.start()

    def start(self) -> None:
        config = AlertConfig.from_env(Environment(self.environment))
        clock = Clock(lambda: NOON, lambda: self.seconds)
        self.alerts = Alerts(config, lambda: read_problems(config.site, config.host), channels(config), clock)

    def wait(self, seconds: float) -> None:
        end = self.seconds + seconds
        while self.seconds < end:
            self.alerts.step()
            self.seconds += CHECK_SECONDS


@pytest.fixture
def environment(site: Receiver, webhook: Receiver, mails: Receiver, tmp_path: Path) -> dict[str, str]:
    return {
        "DATA_DIR": str(tmp_path),
        "PORT": str(site.port),
        "PUBLIC_URL": "https://board.example/trends/",
        "ALERT_WEBHOOK": f"http://127.0.0.1:{webhook.port}/hooks/T0?key=secret",
        "ALERT_EMAIL": "me@example.org, you@example.org",
        "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}",
        "EMAIL_FROM": "board@example.org",
    }


def test_the_operator_gets_one_mail_and_one_call_at_each_end_of_a_problem(
    environment: dict[str, str], site: Receiver, webhook: Receiver, mails: Receiver
) -> None:
    operator = Operator(environment)
    operator.wait(10)
    report(site, FAILED)
    operator.wait(60)
    (mail,) = map(parsed, mails.received)
    assert mail["To"] == "me@example.org, you@example.org"
    assert mail["Subject"] == "Trendsite: archive: archiving failed, 1 day waits: S3 refused: AccessDenied"
    text = mail.get_content()
    assert "Since 2026-11-22 01:00:00 UTC" in text
    assert "Check ARCHIVE_URL." in text
    assert "https://board.example/trends/status/" in text
    operator.wait(600)
    report(site)
    operator.wait(600)
    assert len(mails.received) == 2
    began, ended = map(json.loads, webhook.received)
    assert [event["has_ended"] for event in (*began["events"], *ended["events"])] == [False, True]
    assert began["events"][0]["problem"]["part"] == "archive"
    assert "AccessDenied" in began["text"]
    assert "Trendsite has no problem now." in ended["text"]


def test_a_site_that_is_down_is_reported(environment: dict[str, str], site: Receiver, webhook: Receiver) -> None:
    operator = Operator(environment)
    operator.wait(10)
    site.answer = b"<h1>Bad Gateway</h1>"
    operator.wait(60)
    assert [json.loads(call)["events"][0]["problem"]["part"] for call in webhook.received] == ["site"]


def test_a_channel_that_fails_gets_every_alert_later_and_holds_up_no_other(
    environment: dict[str, str], site: Receiver, webhook: Receiver, mails: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    mails.status, webhook.status = 500, 200
    operator = Operator(environment)
    operator.wait(10)
    report(site, FAILED)
    operator.wait(60)
    report(site)
    operator.wait(600)
    assert (len(webhook.received), len(mails.received)) == (2, 0)
    mails.status = 200
    operator.wait(600)
    assert [parsed(mail)["Subject"][:17] for mail in mails.received] == [
        "Trendsite: archiv",
        "Trendsite: ended:",
    ]
    assert "mail: the mail server answered 451; it is tried again" in caplog.text


def test_a_restart_neither_repeats_nor_forgets_an_alert(
    environment: dict[str, str], site: Receiver, webhook: Receiver, mails: Receiver
) -> None:
    mails.status = 500
    operator = Operator(environment)
    operator.wait(10)
    report(site, FAILED)
    operator.wait(60)
    operator.start()
    mails.status = 200
    operator.wait(600)
    assert (len(webhook.received), len(mails.received)) == (1, 1)


def test_no_log_shows_an_address_or_a_secret(
    environment: dict[str, str], site: Receiver, webhook: Receiver, mails: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    mails.status = webhook.status = 500
    operator = Operator(environment)
    operator.wait(10)
    report(site, FAILED)
    operator.wait(60)
    assert "secret" not in caplog.text
    assert "example.org" not in caplog.text
    assert "webhook: the webhook answered 500; it is tried again" in caplog.text


def test_what_waits_is_bounded_and_the_newest_stay() -> None:
    def refuse(_message: Message) -> None:
        raise DeliveryError("no")

    outbox = Outbox("mail", refuse, [], lambda: 0.0)
    for number in range(MAX_WAITING + 20):
        outbox.add(Message(NOON, str(number), "", []))
        outbox.step(float(number))
    assert [message.subject for message in outbox.waiting] == [str(number) for number in range(20, MAX_WAITING + 20)]


def test_words_of_a_network_make_no_second_header(environment: dict[str, str], site: Receiver, mails: Receiver) -> None:
    operator = Operator(environment)
    operator.wait(10)
    report(site, {**FAILED, "what": "not connected: no\r\nBcc: all@example.org\r\n\r\n" + "x" * 5_000})
    operator.wait(60)
    (mail,) = map(parsed, mails.received)
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) < 200


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trendsite.alerts", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_test_message_says_of_each_channel_whether_it_works(
    environment: dict[str, str], webhook: Receiver, mails: Receiver
) -> None:
    webhook.status = 404
    process = run(environment, "--test")
    assert (process.returncode, process.stdout) == (1, "mail: delivered\nwebhook: the webhook answered 404\n")
    assert "this is a test" in mails.received[0]


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({}, "ALERT_EMAIL and ALERT_WEBHOOK are not set"),
        ({"ALERT_EMAIL": "me"}, "ALERT_EMAIL has 'me', which is no address"),
        ({"ALERT_EMAIL": "me@example.org"}, "EMAIL_URL is not set: ALERT_EMAIL needs the mail server"),
        ({"ALERT_WEBHOOK": "hooks.example.org/secret"}, "ALERT_WEBHOOK is not usable: give an address such as"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(setting: dict[str, str], error: str, tmp_path: Path) -> None:
    process = run({"DATA_DIR": str(tmp_path), **setting})
    assert process.returncode == 2
    assert process.stderr.startswith(f"alerts: {error}")
    assert len(process.stderr.splitlines()) == 1
    assert "secret" not in process.stderr


def test_the_process_is_small() -> None:
    large = "{'django', 'pyarrow', 'redis', 'twisted'}"
    check = f"import sys, trendsite.alerts.__main__; sys.exit(bool({large} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, timeout=60, check=False).returncode == 0
