"""What docker/ promises, as far as files show it. `make containers` shows the rest on real containers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from contract.environment import SECRET_SETTINGS
from tests.parallel import find_free_port

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE_TEXT = (DOCKER / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_contained_and_watched(name):
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert all("size=" in tmpfs for tmpfs in service["tmpfs"])
    assert service["healthcheck"]
    assert "privileged" not in service


def test_only_caddy_is_public():
    public = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(public) == {"site", "caddy"}
    assert public["site"] == ["${PUBLISH_ADDRESS:-127.0.0.1}:${PORT:-8000}:${PORT:-8000}"]
    assert SERVICES["caddy"]["profiles"] == ["tls"]


def test_a_container_sees_only_the_secrets_that_it_reads():
    for name, service in SERVICES.items():
        variables = service.get("environment", {})
        read = {Path(value).name for setting, value in variables.items() if setting.endswith("_FILE")}
        named = set(service.get("secrets", []))
        assert named == (read or named), name
    own = {setting.removesuffix("_FILE") for part in ("collector", "prepare") for setting in environment(part)}
    assert {"ADMIN_PASSWORD", "COLLECTOR_SECRET", "REDIS_PASSWORD", "SECRET_KEY"} <= own & SECRET_SETTINGS


def environment(service: str) -> dict[str, str]:
    return SERVICES[service]["environment"]


def test_every_secret_is_made_by_the_script_once(tmp_path):
    script = tmp_path / "make-secrets"
    script.write_bytes((DOCKER / "make-secrets").read_bytes())
    runs = []
    for _ in range(2):
        subprocess.run(["sh", script], check=True, timeout=30)
        runs.append({path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()})
    made = runs[0]
    assert runs[1] == made
    assert set(made) == set(COMPOSE["secrets"])
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in made.values())
    assert len(set(made.values())) == len(made)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_images_of_others_are_pinned_by_their_digests():
    others = [SERVICES[name]["image"] for name in ("redis", "postgres", "caddy")]
    base = re.findall(r"^ARG BASE_IMAGE=(.+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    assert len(base) == 1
    assert all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}}?$", image) for image in [*others, *base])


def test_the_build_gets_every_file_that_it_copies_and_no_other():
    copied = set()
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE):
        copied |= set(sources.split())
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    # The lock of streaming is mounted, not copied.
    assert let_in == copied | {"locks/requirements.lock"}
    assert "*" in lines


def test_the_guide_names_every_setting_of_the_containers():
    of_compose = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE_TEXT))
    of_trendsite = set(re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    guide = (DOCKER / "README.md").read_text()
    assert [name for name in sorted(of_compose - of_trendsite) if f"`{name}`" not in guide and name not in guide] == []


def test_both_images_have_kafkas_client_which_no_part_imports_without_the_setting(tmp_path):
    packages = re.search(r"AS packages\n(.+?)\nFROM", (DOCKER / "Dockerfile").read_text(), re.DOTALL)[1]
    assert "--requirement requirements-kafka.lock" in packages
    code = "import collector.__main__, streaming.__main__, sys; print('confluent_kafka' in sys.modules)"
    command, variables = [sys.executable, "-c", code], {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("part", ["site", "collector", "streaming", "archive"])
def test_a_health_check_fails_in_one_line_if_nothing_is_there(tmp_path, part):
    addresses = {
        "PORT": str(find_free_port()),
        "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
        "REDIS_URL": f"redis://:s3cret@127.0.0.1:{find_free_port()}/0",
    }
    command = [sys.executable, DOCKER / "health.py", part]
    variables = {**os.environ, **addresses, "SOURCE": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{part}: ")
    assert done.stderr.count("\n") == 1
    assert "s3cret" not in done.stderr
