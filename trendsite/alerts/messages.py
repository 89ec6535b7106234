"""Events -> a message for people, and for the programs behind a webhook. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from trendsite.alerts.problems import Event, Problem

_SUBJECT_CHARACTERS = 150


class Message(msgspec.Struct):
    """What one check found: a subject of one line, and the text."""

    at: datetime
    subject: str
    text: str
    events: list[Event]


def message_of(events: Sequence[Event], still_wrong: Sequence[Problem], status_url: str) -> Message:
    """Return the message about events of one moment; ``still_wrong`` are the problems that exist after them."""
    lines = [line for event in events for line in (*_lines(event), "")]
    others = len(still_wrong) - sum(not event.has_ended for event in events)
    if others > 0:
        lines.append(f"{others} earlier problem{'s' if others > 1 else ''} remain{'' if others > 1 else 's'}.")
    elif not still_wrong:
        lines.append("Trendsite has no problem now.")
    lines.append(f"Status: {status_url}")
    return Message(events[0].at, _one_line(_subject(events)), "\n".join(lines), list(events))


def test_message(now: datetime, status_url: str) -> Message:
    """Return a message that shows that alerts arrive."""
    text = f"This is a test: alerts of Trendsite arrive.\nStatus: {status_url}"
    return Message(now, "Trendsite: this is a test", text, [])


def _subject(events: Sequence[Event]) -> str:
    first = events[0]
    more = f" (and {len(events) - 1} more)" if len(events) > 1 else ""
    return f"Trendsite: {'ended: ' if first.has_ended else ''}{_named(first.problem)}{more}"


def _lines(event: Event) -> list[str]:
    problem = event.problem
    if event.has_ended:
        return [f"{event.at:%Y-%m-%d %H:%M:%S} UTC. This has ended: {_named(problem)}"]
    since = f"Since {problem.since:%Y-%m-%d %H:%M:%S} UTC. " if problem.since else ""
    return [f"{since}{_one_line(_named(problem), 2_000)}", problem.todo]


def _named(problem: Problem) -> str:
    """Return what is wrong, and with which part unless the words begin with a network's name."""
    return problem.what if problem.network or problem.part == "site" else f"{problem.part}: {problem.what}"


def _one_line(text: str, most: int = _SUBJECT_CHARACTERS) -> str:
    """Return a text without control characters, cut to a length: parts of it may come from a network."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
