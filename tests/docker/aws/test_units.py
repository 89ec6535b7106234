"""The systemd units of docker/aws: systemd accepts them, and they are closed to the rest of the machine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
AWS = ROOT / "docker" / "aws"
UNITS = sorted([*AWS.glob("*.service"), *AWS.glob("*.timer")])

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@needs_systemd
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path):
    for unit in UNITS:  # systemd looks for the programs that they start
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/trendsite", str(ROOT)))
    found = analyze("verify", "--man=no", *tmp_path.iterdir())
    assert len(UNITS) == 3
    assert (found.returncode, found.stderr) == (0, "")


@needs_systemd
def test_systemd_rates_the_service_as_hardly_exposed():
    rating = analyze("security", "--offline=yes", AWS / "trendsite.service").stdout
    exposure = re.search(r"Overall exposure level for trendsite.service: ([\d.]+)", rating)
    assert exposure
    assert float(exposure[1]) < 2.5


@pytest.mark.parametrize("line", ["NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "MemoryMax=90%"])
def test_the_service_has_the_protection_that_the_guide_promises(line: str):
    assert line in (AWS / "trendsite.service").read_text().splitlines()
