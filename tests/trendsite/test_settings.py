"""Settings of the site, as a person may get them wrong."""

import os
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
        ("SITE_IS_HTTPS", "perhaps"),
        ("API_REQUESTS_PER_MINUTE", "0"),
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
