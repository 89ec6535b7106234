"""Columns of the admin: numbers with thousands separators, ISO dates, and times in UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import admin
from django.utils.formats import number_format
from django.utils.html import format_html

EMPTY = "-"


def number_text(value: int | None) -> str:
    """Return a number with the separators of the page's language; a dash for none."""
    return EMPTY if value is None else str(number_format(value, use_l10n=True, force_grouping=True))


def date_text(value: date | None) -> str:
    """Return an ISO date; a dash for none."""
    return EMPTY if value is None else value.isoformat()


def moment_text(value: datetime | None) -> str:
    """Return a moment as an ISO date and the time in UTC, from left to right in every language; a dash for none."""
    if value is None:
        return EMPTY
    return format_html('<span dir="ltr">{}</span>', f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def number(field: str, title: Any) -> Any:  # noqa: ANN401 - a lazy text; Django types columns as names
    """Return a column with the numbers of a field."""
    return _column(field, title, number_text)


def moment(field: str, title: Any) -> Any:  # noqa: ANN401 - a lazy text; Django types columns as names
    """Return a column with the moments of a field."""
    return _column(field, title, moment_text)


def _column(field: str, title: Any, text: Callable[[Any], str]) -> Any:  # noqa: ANN401 - as above
    def column(row: object) -> str:
        return text(getattr(row, field))

    # Django takes the class of the cells from the name.
    column.__name__ = field
    return admin.display(description=title, ordering=field)(column)
