"""The images: a base from Debian's packages by debootstrap, and on it those of docker/Dockerfile and the stand-ins.

A machine may reach the packages only through a proxy, with certificates of its own, or at other addresses. So the
builds get this machine's configuration of apt and pip, as files that no image contains.
"""

import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.containers.podman import ROOT, FailedError, Podman, UnusableError, execute

_RELEASE = "bookworm"
_BUILD_SECONDS = 900
STAND_INS = ("redis", "postgres", "caddy")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Of pip's settings, what says where packages are. A folder of this machine is not in a build.
_PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


def build_all(podman: Podman, folder: Path, log: Callable[[str], None]) -> None:
    """Build every image.

    Raises:
        UnusableError: this machine cannot make the base, or run it.
        FailedError: an image cannot be built.
    """
    base = f"localhost/trendsite-base:{_RELEASE}-{datetime.now(UTC):%Y-%m}"
    if not podman.succeeds("image", "exists", base):
        log("making a base of Debian's packages")
        _make_base(podman, base)
    try:
        podman.run("run", "--rm", "--network=none", base, "true")
    except FailedError as error:
        raise UnusableError(f"podman cannot run a container here: {error}") from error
    options = [f"--build-arg=BASE_IMAGE={base}", *_configuration(folder)]
    log("building the images")
    with ThreadPoolExecutor(2) as pool:
        parts = pool.submit(_build_parts, podman, options)
        stand_ins = pool.submit(_build_stand_ins, podman, options)
        parts.result()
        stand_ins.result()
    # Layers that no image has any more make the next build faster, but not for ever.
    podman.succeeds("image", "prune", "--force", "--filter=until=72h", timeout=300)


def _make_base(podman: Podman, name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="trendsite-base-", dir="/var/tmp") as folder:
        root = Path(folder) / "root"
        packages = "--include=ca-certificates,python3,python3-venv"
        command: list[str | Path] = ["debootstrap", "--variant=minbase", packages, _RELEASE, root, *_mirror()]
        try:
            execute(command, timeout=600)
            archive = Path(folder) / "root.tar"
            execute(["tar", "--create", "--file", archive, "--directory", root, "."], timeout=120)
            podman.run("import", "--quiet", archive, name, timeout=300)
        except FailedError as error:
            raise UnusableError(f"the base cannot be made: {error}") from error


def _mirror() -> list[str]:
    """Return where apt of this machine finds the release, if it does."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    return [line.split()[1] for line in listed if line.startswith(f"{_RELEASE} ")][:1]


def _build_parts(podman: Podman, options: list[str]) -> None:
    for target in ("site", "streaming"):
        _build(podman, options, target, f"trendsite-{target}", ROOT, ROOT / "docker" / "Dockerfile")


def _build_stand_ins(podman: Podman, options: list[str]) -> None:
    here = ROOT / "tests" / "containers"
    for target in STAND_INS:
        _build(podman, options, target, f"trendsite-test-{target}", here, here / "Dockerfile")


def _build(podman: Podman, options: list[str], target: str, tag: str, context: Path, dockerfile: Path) -> None:
    names = [f"--target={target}", f"--tag=localhost/{tag}", f"--file={dockerfile}"]
    podman.run("build", "--format=docker", "--network=host", *options, *names, context, timeout=_BUILD_SECONDS)


def _configuration(folder: Path) -> list[str]:
    """Return podman's options for this machine's configuration of apt, pip and uv, written into ``folder``."""
    (folder / "apt.conf").write_text(_apt_settings())
    pip = _pip_settings()
    (folder / "pip.conf").write_text(
        "[global]\n" + "".join(f"{name} = {value}\n" for name, value in pip.items()) + f"cert = {_CERTIFICATES}\n"
    )
    names = {name: pip[name] for name in ("index-url", "extra-index-url") if name in pip}
    uv_lines = [
        f'{name} = "{value}"' if name == "index-url" else f'{name} = ["{value}"]' for name, value in names.items()
    ]
    cache = Path.home() / ".cache" / "uv"
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "uv.toml").write_text("\n".join(["system-certs = true", 'cache-dir = "/uv-of-this-machine"', *uv_lines]))
    return [
        f"--volume={folder}/apt.conf:/etc/apt/apt.conf.d/99-of-this-machine:ro",
        f"--volume={folder}/pip.conf:/etc/pip.conf:ro",
        f"--volume={folder}/uv.toml:/etc/uv/uv.toml:ro",
        f"--volume={cache}:/uv-of-this-machine",
        f"--volume={_CERTIFICATES}:{_CERTIFICATES}:ro",
    ]


def _apt_settings() -> str:
    command = ["apt-config", "dump", "--format", '%F "%v";%n', "Acquire"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    kept = [line for line in lines if "::IndexTargets::" not in line and not line.endswith(' "";')]
    return "".join(f"{line}\n" for line in kept)


def _pip_settings() -> dict[str, str]:
    command = ["python3", "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    found = {}
    for setting, _, value in (line.partition("=") for line in lines):
        name = setting.rpartition(".")[2]
        if name in _PIP_SETTINGS:
            found[name] = value.strip("'\"")
    return found
