"""Figures: measured numbers with their targets, their table, and the files that a run leaves.

JSON is for comparisons, the Markdown table beside it is for the docs.
"""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from benchmarks.harness import ROOT


class Target(msgspec.Struct, frozen=True):
    """A bound for a figure: at most, or at least, ``value`` in the figure's unit."""

    relation: Literal["at most", "at least"]
    value: float

    def is_met_by(self, value: float | None) -> bool:
        """Return whether a value meets the target; a missing one does not."""
        if value is None:
            return False
        return value <= self.value if self.relation == "at most" else value >= self.value


class Figure(msgspec.Struct, frozen=True):
    """One measured number. If it could not be measured, ``value`` is None and ``note`` says why."""

    benchmark: str
    name: str
    value: float | None
    unit: str
    target: Target | None = None
    note: str = ""


def at_most(value: float) -> Target:
    """Return the target of a figure that should be small."""
    return Target("at most", value)


def at_least(value: float) -> Target:
    """Return the target of a figure that should be large."""
    return Target("at least", value)


class Machine(msgspec.Struct, frozen=True):
    """The properties of a machine that explain a figure."""

    processor: str
    cores: int
    memory_mib: int
    kernel: str
    python: str


def this_machine() -> Machine:
    """Return this machine's properties; it must run Linux."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return Machine(_processor(Path("/proc/cpuinfo")), cores, memory, platform.release(), platform.python_version())


def revision() -> str:
    """Return the short git revision of the code, with a plus when it was changed since; ``unknown`` without git."""
    try:
        short = _git("rev-parse", "--short", "HEAD")
        return short + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor(cpuinfo: Path) -> str:
    for line in cpuinfo.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git of PATH
    return done.stdout.strip()


class Results(msgspec.Struct, frozen=True):
    """One run: its date, machine, git revision, form, settings and figures."""

    date: datetime
    machine: Machine
    revision: str
    short: bool
    settings: dict[str, str]
    figures: list[Figure]


def write_results(results: Results, folder: Path) -> Path:
    """Write a run's files; return the path of the JSON. A second run of one day and revision replaces the first."""
    folder.mkdir(parents=True, exist_ok=True)
    form = "-short" if results.short else ""
    path = folder / f"{results.date:%Y-%m-%d}-{results.revision}{form}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    path.with_suffix(".md").write_text(_report(results), encoding="utf-8")
    return path


def _report(results: Results) -> str:
    machine = results.machine
    return (
        f"{results.date:%Y-%m-%d}, revision {results.revision}, {machine.processor}, {machine.cores} cores, "
        f"{machine.memory_mib} MiB, Linux {machine.kernel}, Python {machine.python}"
        f"{', the short form' if results.short else ''}.\n\n{as_markdown(results.figures)}"
    )


_HEADINGS = ("benchmark", "figure", "value", "unit", "target", "met", "note")


def as_text(figures: Sequence[Figure]) -> str:
    """Return the figures as lines with aligned columns."""
    rows = [_HEADINGS, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(_aligned(row, widths) for row in rows)


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [_HEADINGS, ("---", "---", "---:", "---", "---", "---", "---"), *map(_cells, figures)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows) + "\n"


def number(value: float | None) -> str:
    """Return a value with about three significant digits, with commas between thousands."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _cells(figure: Figure) -> tuple[str, ...]:
    target, met = "", ""
    if figure.target:
        target = f"{figure.target.relation} {figure.target.value:,g}"
        met = "yes" if figure.target.is_met_by(figure.value) else "no"
    return (figure.benchmark, figure.name, number(figure.value), figure.unit, target, met, figure.note)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if heading == "value" else cell.ljust(width)
        for cell, width, heading in zip(row, widths, _HEADINGS, strict=True)
    ]
    return "  ".join(cells).rstrip()
