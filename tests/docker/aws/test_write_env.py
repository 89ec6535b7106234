"""docker/aws/write_env.py: what SSM has becomes settings, and the last ones serve while SSM is away."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from dotenv import dotenv_values
from moto.server import ThreadedMotoServer

from tests.parallel import find_free_port

WRITE_ENV = Path(__file__).resolve().parents[3] / "docker" / "aws" / "write_env.py"
AWKWARD = r"""it's a $HOME "token" # with \ and \' in it"""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "settings.env").write_text("SOURCE=bluesky\nX_BEARER_TOKEN=old\n")
    return tmp_path


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("ssm")
    parameters = {"/trendsite/X_BEARER_TOKEN": AWKWARD, "/trendsite/other/NAME": "deeper", "/elsewhere/NAME": "other"}
    parameters |= {f"/trendsite/NAME_{number}": str(number) for number in range(12)}  # more than a page
    for name, value in parameters.items():
        client.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    yield server
    server.stop()


def write_env(etc: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(WRITE_ENV), str(etc)]
    return subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=120, check=False)


def test_without_a_path_the_settings_stay_as_they_are_and_no_stranger_can_read_them(etc: Path):
    assert write_env(etc).returncode == 0
    assert (etc / "trendsite.env").read_text() == (etc / "settings.env").read_text()
    assert stat.S_IMODE((etc / "trendsite.env").stat().st_mode) == 0o640


def test_each_parameter_below_the_path_is_a_setting_with_every_character(etc: Path, ssm: ThreadedMotoServer):
    (etc / "ssm-path").write_text("/trendsite\n")
    assert write_env(etc).returncode == 0
    numbers = {f"NAME_{number}": str(number) for number in range(12)}
    assert dotenv_values(etc / "trendsite.env") == {"SOURCE": "bluesky", "X_BEARER_TOKEN": AWKWARD, **numbers}


def test_while_ssm_is_away_the_last_parameters_serve_and_changed_settings_count(
    etc: Path, ssm: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch
):
    (etc / "ssm-path").write_text("/trendsite\n")
    assert write_env(etc).returncode == 0
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{find_free_port()}")
    (etc / "settings.env").write_text("SOURCE=x\n")
    again = write_env(etc)
    assert again.returncode == 0
    assert "starting with those of the last time" in again.stderr
    assert AWKWARD not in again.stderr
    values = dotenv_values(etc / "trendsite.env")
    assert (values["SOURCE"], values["X_BEARER_TOKEN"]) == ("x", AWKWARD)


def test_without_any_earlier_parameters_an_absent_ssm_stops_the_start(etc: Path, ssm: ThreadedMotoServer):
    (etc / "ssm-path").write_text("/trendsite\n")
    ssm.stop()
    refused = write_env(etc)
    assert refused.returncode == 1
    assert "the parameters below /trendsite cannot be read" in refused.stderr
    assert not (etc / "trendsite.env").exists()
