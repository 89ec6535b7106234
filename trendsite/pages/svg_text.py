"""Texts of drawings: SVG cuts none that is too wide, and does not see in which direction a name runs. Pure."""

import unicodedata
from itertools import accumulate

_WIDE, _BROAD, _OTHER = 1.05, 0.9, 0.62
"""About how many ems a sign takes in bold: one of East Asia, one like W, any other."""

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def isolated(text: str) -> str:
    """Return a text that runs in its own direction, whatever stands around it."""
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def ems(text: str) -> float:
    """Return about how wide a text is, in units of its font size."""
    return sum(map(_width, text))


def fitted(text: str, most_ems: float) -> str:
    """Return a text, cut so that it takes at most ``most_ems`` times its font size."""
    if ems(text) <= most_ems:
        return text
    widths = accumulate(map(_width, text))
    fits = sum(width <= most_ems - _width(_ELLIPSIS) for width in widths)
    return text[:fits].rstrip() + _ELLIPSIS


def _width(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return _WIDE
    return _BROAD if sign.isupper() or sign in "mw@%\N{HORIZONTAL ELLIPSIS}" else _OTHER
