"""Settings of the site, as a person may get them wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:secret@host/name"),
        ("DATABASE_URL", "nonsense"),
        ("ARCHIVE_URL", "ftp://host/archive"),
        ("ARCHIVE_URL", "s3://"),
        ("AWS_S3_ADDRESSING", "pth"),
        ("SITE_IS_HTTPS", "perhaps"),
        ("EMAIL_URL", "imap://me:secret@host"),
        ("API_REQUESTS_PER_MINUTE", "0"),
        ("ALLOWED_HOSTS", "https://board.example"),
        ("SECRET_KEY", "secret"),
        ("METRICS_TOKEN", "secret"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "board.example"),
        ("PUBLIC_URL", "https://me:secret@board.example"),
        ("API_CORS_ORIGINS", "example.org"),
        ("API_CORS_ORIGINS", "https://example.org/path"),
        ("API_CORS_ORIGINS", "*,https://example.org"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_without_its_secrets(tmp_path, name, value):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), name: value}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert done.stderr.startswith(f"trendsite: {name}")
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


def check_deployment(data_dir: Path, **settings: str) -> str:
    environment = {**os.environ, "DATA_DIR": str(data_dir), **settings}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    return done.stderr + done.stdout


def test_djangos_check_of_a_deployment_finds_nothing_at_an_https_site(tmp_path):
    assert "no issues" in check_deployment(tmp_path, SITE_IS_HTTPS="1", ALLOWED_HOSTS="trends.example.org")


def test_on_a_laptop_nothing_is_wrong_but_that_it_is_plain_http(tmp_path):
    found = check_deployment(tmp_path, SITE_IS_HTTPS="0")
    about_https = {"security.W004", "security.W008", "security.W012", "security.W016"}
    assert set(re.findall(r"security\.W\d+", found)) == about_https


@pytest.fixture
def https(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.usefixtures("https", "stage")
@pytest.mark.django_db
def test_an_https_site_sends_http_there_but_answers_for_its_health(client):
    assert client.get("/days/")["Location"] == "https://testserver/days/"
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code in (200, 503)
    answer = client.get("/days/", headers={"x-forwarded-proto": "https"})
    assert answer.status_code == 200
    assert "max-age=60" in answer["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("bound", "hosts"),
    [("", []), ("::", []), ("192.168.1.5", ["192.168.1.5"]), ("2001:db8::1", ["[2001:db8::1]"])],
)
def test_the_site_answers_to_the_address_it_listens_on(tmp_path, bound, hosts):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "BIND_ADDRESS": bound, "ALLOWED_HOSTS": ""}
    command = [sys.executable, "-c", "from trendsite import settings; print(settings.ALLOWED_HOSTS)"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == str(["localhost", "127.0.0.1", "[::1]", *hosts])


@pytest.mark.parametrize(("folder", "mode"), [("var/archive", "0o600"), ("elsewhere", "0o644")])
def test_an_archive_in_data_dir_is_for_its_owner_only_and_another_for_whom_its_folder_lets_in(tmp_path, folder, mode):
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path / "var"),
        "ARCHIVE_URL": str(tmp_path / folder),
        "DJANGO_SETTINGS_MODULE": "trendsite.settings",
    }
    store = (
        "from django.core.files.base import ContentFile; from django.core.files.storage import storages;"
        "archive = storages['archive']; name = archive.save('day/counts.csv', ContentFile(b'1'));"
        "import os; print(oct(os.stat(archive.path(name)).st_mode & 0o777))"
    )
    command = [sys.executable, "-c", store]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == mode
