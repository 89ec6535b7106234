import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launch import requirements
from launch.environment import ROOT

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout of what runs before anything is installed, in a folder with a space in its name."""
    checkout = tmp_path / "my checkout"
    shutil.copytree(ROOT / "launch", checkout / "launch", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "requirements-java.txt"):
        shutil.copy(ROOT / name, checkout)
    return checkout


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with a shell and nothing else."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "rm"):
        (tools / name).symlink_to(str(shutil.which(name)))
    return tools


def add_script(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(target: str, checkout: Path, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(shutil.which("make")), target],
        cwd=checkout,
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@needs_make
def test_a_machine_whose_python_is_too_old_is_told_what_to_install(checkout: Path, tools: Path):
    add_script(tools / "python3", "exit 1")
    ended = make("run", checkout, tools)
    assert ended.returncode != 0
    assert ended.stderr.startswith("trendsite: Python 3.11 or newer is needed: on Debian and Ubuntu, apt install")


@needs_make
def test_a_newer_python_is_found_beside_an_old_python3(checkout: Path, tools: Path):
    add_script(tools / "python3", "exit 1")
    add_script(tools / "python3.11", f'[ "$1" = -c ] && exec "{sys.executable}" "$@"; echo ran "$@"')
    assert make("run", checkout, tools).stdout == "ran -m launch.install .venv/bin/python -m launch\n"


@needs_make
def test_a_second_start_neither_makes_nor_installs_anything(checkout: Path, tools: Path):
    add_script(tools / "java", """echo '  java.home = /some/java' >&2; echo 'openjdk version "17.0.1"' >&2""")
    add_script(checkout / ".venv/bin/pip", "exit 1")
    add_script(
        checkout / ".venv/bin/python", f'[ "$2" = launch ] && echo "started, $JAVA_HOME"; exec "{sys.executable}" "$@"'
    )
    requirements.mark_installed(checkout / ".venv", checkout / "requirements.txt")
    (checkout / "launch" / "__main__.py").write_text("")
    ended = make("run", checkout, tools)
    assert (ended.stdout, ended.stderr) == ("started, /some/java\n", "")


def test_a_python_without_ensurepip_is_told_which_package_to_install(checkout: Path):
    # As on Debian, where the venv module is there and ensurepip comes in a package of its own.
    run = "import sys; sys.modules['ensurepip'] = None; from launch.install import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", run, "true"], cwd=checkout, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "apt install python3." in ended.stderr
    assert ended.stderr.count("\n") == 1
