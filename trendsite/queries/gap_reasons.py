"""Why posts are missing, in the reader's language. A source says it in English (contract.gap); most of it is known."""

from django.utils.translation import gettext_lazy

from contract.gap import SEVERAL_REASONS

_WHOLE = {
    SEVERAL_REASONS: gettext_lazy("several reasons"),
    "the collector was not running": gettext_lazy("the collector was not running"),
    "the day closed before the connection was back": gettext_lazy("the day closed before the connection was back"),
    "the server sent nothing": gettext_lazy("the server sent nothing"),
    "connection lost, and not sent again": gettext_lazy("connection lost, and not sent again"),
    "connection lost for longer than the server keeps posts": gettext_lazy(
        "connection lost for longer than the server keeps posts"
    ),
    "the budget of posts is spent": gettext_lazy("the budget of posts is spent"),
}
_OF_A_SERVER = {
    "closed the stream": gettext_lazy("%(server)s closed the stream"),
    "sent no stream": gettext_lazy("%(server)s sent no stream"),
    "shows no live feeds": gettext_lazy("%(server)s shows no live feeds"),
    "refers to another address": gettext_lazy("%(server)s refers to another address"),
}
"""Behind the name of a server."""


def reason_in_words(reason: str) -> str:
    """Return a reason in the active language, as the source wrote it if it is an unknown one."""
    if reason in _WHOLE:
        return str(_WHOLE[reason])
    server, _space, what = reason.partition(" ")
    if what in _OF_A_SERVER:
        return str(_OF_A_SERVER[what]) % {"server": server}
    return reason
