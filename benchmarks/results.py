"""Figures -> a file that stays: JSON for comparisons, and beside it the table as Markdown for the docs."""

from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.figures import Figure
from benchmarks.machine import Machine
from benchmarks.table import as_markdown


class Results(msgspec.Struct, frozen=True):
    """One run: when, on what, of which code, in the short form or not, and what was found."""

    date: datetime
    machine: Machine
    revision: str
    short: bool
    settings: dict[str, str]
    figures: list[Figure]


def keep(results: Results, folder: Path) -> Path:
    """Write a run's files and return that of the JSON; a second run of a day and revision replaces the first."""
    folder.mkdir(parents=True, exist_ok=True)
    form = "-short" if results.short else ""
    path = folder / f"{results.date:%Y-%m-%d}-{results.revision}{form}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    path.with_suffix(".md").write_text(_markdown(results), encoding="utf-8")
    return path


def _markdown(results: Results) -> str:
    machine = results.machine
    return (
        f"{results.date:%Y-%m-%d}, revision {results.revision}, {machine.processor}, {machine.cores} cores, "
        f"{machine.memory_mib} MiB, Linux {machine.kernel}, Python {machine.python}"
        f"{', the short form' if results.short else ''}.\n\n{as_markdown(results.figures)}"
    )
