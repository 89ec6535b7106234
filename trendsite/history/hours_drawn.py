"""The posts of a day's 24 UTC hours as the admin shows them, without a style or a script of its own."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_BLOCKS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"
_UNKNOWN = SafeString("-")


def in_a_word(hours: Sequence[int] | None) -> SafeString:
    """Return the day as 24 bars of text; read aloud, it is the busiest hour."""
    if hours is None:
        return _UNKNOWN
    most = max(hours)
    bars = "".join(_BLOCKS[posts * len(_BLOCKS) // (most + 1)] if posts else _NOTHING for posts in hours)
    said = f"most from {hours.index(most):02}:00: {most:,}" if most else "no posts"
    return format_html('<span role="img" title="{}" aria-label="{}">{}</span>', said, said, bars)


def in_a_table(hours: Sequence[int] | None) -> SafeString:
    """Return the day as a table: a row an hour, with its posts as a number and as a bar."""
    if hours is None:
        return _UNKNOWN
    most = max(*hours, 1)
    row = '<tr><th scope="row">{}</th><td>{}</td><td><meter value="{}" max="{}"></meter></td></tr>'
    rows = ((f"{hour:02}:00", f"{posts:,}", posts, most) for hour, posts in enumerate(hours))
    return format_html("<table>{}</table>", format_html_join("", row, rows))
