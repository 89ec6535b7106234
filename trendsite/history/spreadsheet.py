"""Cells that a spreadsheet must not run: hashtags come from anybody, and ``=HYPERLINK(...)`` may be one."""

import re

import pyarrow as pa
import pyarrow.compute as pc

_FORMULA_START = r"^([=+\-@\t\r\n＝＋－＠])"  # noqa: RUF001 - spreadsheets take the full-width signs too

_formula_start = re.compile(_FORMULA_START)


def safe_cell(text: str) -> str:
    """Return a text with an apostrophe before what would run as a formula: ``'=1+1``, which shows as ``=1+1``."""
    return _formula_start.sub(r"'\1", text)


def safe_cells(texts: pa.Array) -> pa.Array:
    """Return many texts at once, each as ``safe_cell`` returns it."""
    return pc.replace_substring_regex(texts, _FORMULA_START, r"'\1")
