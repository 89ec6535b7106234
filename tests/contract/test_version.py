"""Every program says which version it is, from the one place that has it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from contract.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = (
    ("-m", "launch"),
    ("-m", "collector"),
    ("-m", "streaming"),
    ("-m", "trendsite.serve"),
    ("-m", "trendsite.alerts"),
    ("manage.py",),
)


def output_of(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_every_program_prints_the_version(program):
    assert re.match(rf"Trendsite {re.escape(VERSION)}(, Django [\d.]+)?\n$", output_of(*program, "--version"))


@pytest.mark.parametrize("program", PROGRAMS[:-1], ids=" ".join)
def test_help_says_what_a_program_does_and_where_its_settings_are(program):
    said = " ".join(output_of(*program, "--help").split())
    assert said.startswith(f"usage: python {' '.join(program)} [-h] [--version]")
    assert "docs/settings.md" in said


def test_the_project_has_no_version_of_its_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "contract.version.VERSION"}
