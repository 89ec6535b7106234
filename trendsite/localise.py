"""Numbers, dates and lists as the active language writes them, for texts that Python makes."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext


def format_number(number: float, decimals: int = 0) -> str:
    """Return a number with that many decimals, such as "12,345"."""
    return number_format(round(number, decimals), decimals, force_grouping=True)


def format_percent(share: float, decimals: int = 0) -> str:
    """Return a share of 1 as a percentage, a whole one by default."""
    return gettext("%(number)s %%") % {"number": format_number(100 * share, decimals)}


def format_day(day: date, name: str = "DATE_FORMAT") -> str:
    """Return a date in a format of ``trendsite/formats``."""
    return date_format(day, name)


def listed(texts: Sequence[str]) -> str:
    """Return texts as "one, two and three"."""
    return get_text_list(list(texts), gettext("and"))
