"""Cells that a spreadsheet must not run: hashtags come from anybody, and ``=HYPERLINK(...)`` may be one."""

import re

FORMULA_START = r"^([=+\-@\t\r\n＝＋－＠])"  # noqa: RUF001 - spreadsheets take the full-width signs too

_formula_start = re.compile(FORMULA_START)


def safe_cell(text: str) -> str:
    """Return a text with an apostrophe before what would run as a formula: ``'=1+1``, which shows as ``=1+1``."""
    return _formula_start.sub(r"'\1", text)
