"""Figures -> one table, as aligned text for the terminal and as Markdown for the docs. Pure."""

from collections.abc import Sequence

from benchmarks.figures import Figure

_HEADINGS = ("benchmark", "figure", "value", "unit", "target", "met", "note")


def as_text(figures: Sequence[Figure]) -> str:
    """Return the figures as lines whose columns stand below each other."""
    rows = [_HEADINGS, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(_aligned(row, widths) for row in rows)


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [_HEADINGS, ("---", "---", "---:", "---", "---", "---", "---"), *map(_cells, figures)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows) + "\n"


def number(value: float | None) -> str:
    """Return a value with about three significant digits, and thousands kept apart."""
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
