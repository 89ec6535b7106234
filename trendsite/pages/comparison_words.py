"""A comparison in words and numbers of the reader's language: values, times, the time from when to when."""

from dataclasses import dataclass
from datetime import datetime

from django.template.defaultfilters import floatformat
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from trendsite.pages.comparison_figure import Cell, ComparisonFigure
from trendsite.pages.svg_text import isolated

_WHOLE = "0g"


@dataclass(frozen=True)
class TableRow:
    """One time of the table, in words."""

    time: str
    cells: list[str]
    posts: str


def table_rows(figure: ComparisonFigure) -> list[TableRow]:
    """Return the rows of the table, oldest first."""
    unknown = _("not known")
    format_of_time = "SHORT_DATE_FORMAT" if figure.by == "day" else "SHORT_DATETIME_FORMAT"
    rows = []
    for row in figure.rows:
        time = date_format(row.time, format_of_time)
        rows.append(
            TableRow(
                _("%(time)s (still counting)") % {"time": time} if row.is_counting else time,
                [cell_words(cell, figure) for cell in row.cells],
                unknown if row.posts is None else floatformat(row.posts, _WHOLE),
            )
        )
    return rows


def cell_words(cell: Cell, figure: ComparisonFigure) -> str:
    """Return a value: posts, or percent of all posts."""
    if cell.value is not None:
        return _amount(cell.value, figure)
    if cell.at_most is not None:
        return _("at most %(amount)s") % {"amount": _amount(cell.at_most, figure)}
    return _("not known")


def _amount(value: float, figure: ComparisonFigure) -> str:
    return floatformat(value, figure.cell_decimals) + ("\N{NO-BREAK SPACE}%" if figure.is_share else "")


def tick_words(time: datetime, figure: ComparisonFigure) -> str:
    """Return a time on the axis: a day, or an hour that is not midnight."""
    if figure.by == "day" or time.hour == 0:
        return isolated(date_format(time, "SHORT_DAY_FORMAT"))
    return f"{time:%H:%M}"


def span_words(figure: ComparisonFigure) -> str:
    """Return from when to when a comparison is."""
    format_of_time = "DATE_FORMAT" if figure.by == "day" else "DATETIME_FORMAT"
    span = {"first": date_format(figure.first, format_of_time), "last": date_format(figure.last, format_of_time)}
    if figure.by == "day":
        return _("%(first)s to %(last)s (UTC), day by day") % span
    return _("%(first)s to %(last)s, hour by hour") % span


def mark_words(value: float, figure: ComparisonFigure) -> str:
    """Return a value of the scale."""
    return floatformat(value, figure.decimals) + ("\N{NO-BREAK SPACE}%" if figure.is_share else "")
