"""The settings for e-mail."""

import pytest

from contract.environment import SettingError
from trendsite.accounts.email_settings import email_settings, sender


def test_without_a_url_e_mails_are_written_to_the_log():
    assert email_settings("")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://localhost", 25, False, False),
        ("smtp+starttls://me%40here:pass%2Fword@mail.example.org", 587, True, False),
        ("smtps://me%40here:pass%2Fword@mail.example.org:4650", 4650, False, True),
    ],
)
def test_a_url_names_server_port_and_encryption(url, port, starttls, tls):
    settings = email_settings(url)
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (port, starttls, tls)
    assert settings["EMAIL_TIMEOUT"]
    if starttls or tls:
        assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("me@here", "pass/word")


@pytest.mark.parametrize("url", ["mail.example.org", "smtp://", "imap://me:s3cret@host", "smtp://me:s3cret@host:x"])
def test_another_url_is_refused_without_its_password(url):
    with pytest.raises(SettingError, match=r"^EMAIL_URL is not usable") as refusal:
        email_settings(url)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("address", ["trendsite@localhost", "Trendsite <board@example.org>"])
def test_a_sender_is_an_address(address):
    assert sender(address) == address


@pytest.mark.parametrize("address", ["x", "a@b\nBcc: everybody@example.org", "<>", "Trendsite"])
def test_unusable_settings_are_refused_at_the_start(address):
    with pytest.raises(SettingError, match="EMAIL_FROM="):
        sender(address)
