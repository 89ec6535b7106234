"""Known vulnerabilities of the locked packages, by pip-audit, where its service can be reached."""

import json
import re
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCKS = ("requirements", "requirements-java", "requirements-redis")
"""The locks of what Trendsite runs on."""

_TIMEOUT_SECONDS = 10
_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Report:
    """Lines for people; and whether a package that our own lists pin has a vulnerability with a fix."""

    lines: list[str]
    needs_update: bool = False


def find_vulnerabilities(root: Path) -> Report:
    """Audit the locks under ``root``. A service that cannot be reached is no failure."""
    locks = [option for name in LOCKS for option in ("--requirement", f"locks/{name}.lock")]
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    command = [sys.executable, "-m", "pip_audit", *locks, *options, "--timeout", str(_TIMEOUT_SECONDS)]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Report([f"vulnerabilities: skipped, no answer within {_PATIENCE_SECONDS} s"])
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Report([f"vulnerabilities: skipped, their service cannot be reached ({reason[:200]})"])
    return judge(packages, direct_packages(root))


def direct_packages(root: Path) -> set[str]:
    """Return the packages that our own lists pin; others come with them."""
    text = "".join((root / f"{name}.txt").read_text() for name in (*LOCKS, "requirements-site"))
    return {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", text, re.M)}


def judge(packages: Collection[dict[str, Any]], direct: Collection[str]) -> Report:
    """Return what pip-audit's packages mean for us; ``direct`` are those that our own lists pin."""
    unknown = [package for package in packages if "vulns" not in package]
    if len(unknown) == len(packages):
        return Report([f"vulnerabilities: skipped, their service knows none of the {len(packages)} packages"])
    lines = [f"vulnerabilities: {len(packages) - len(unknown)} packages audited, {len(unknown)} unknown to the service"]
    needs_update = False
    for package in packages:
        is_ours = package["name"].lower().replace("_", "-") in direct
        for fault in package.get("vulns", []):
            fixed = ", ".join(fault["fix_versions"])
            what = (
                f"{package['name']} {package['version']}: {fault['id']}, {f'fixed in {fixed}' if fixed else 'no fix'}"
            )
            lines.append(what if is_ours else f"{what} (comes with another package)")
            needs_update |= is_ours and bool(fixed)
    return Report(lines, needs_update)
