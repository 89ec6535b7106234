"""Kills in the middle of the closing of a day: it waits for the moment and strikes at once."""

import contextlib
import threading
from collections.abc import Callable, Iterable
from datetime import date

import msgspec

from tests.torture.plan import Ambush, Moment
from tests.torture.tortured import Tortured

_LOOK_SECONDS = 0.005
_FOLDERS: dict[Moment, str] = {"writing": "closed/*/.*.unfinished", "written": "closed/*/*"}
_RECORDS = "counts/*/done.json"


def lie_in_wait(
    trendsite: Tortured, ambushes: Iterable[Ambush], tell: Callable[[str], None], over: threading.Event
) -> None:
    """Carry out one ambush after the other until ``over`` is set."""
    for ambush in ambushes:
        known = _days_at(trendsite, ambush.moment)
        while not (new := _days_at(trendsite, ambush.moment) - known):
            if over.wait(_LOOK_SECONDS):
                tell(f"left out, no day came to it: {ambush}")
                return
        missed = trendsite.kill(ambush.whom)
        tell(f"{ambush} of {max(new)}{f': {missed}' if missed else ''}")


def _days_at(trendsite: Tortured, moment: Moment) -> set[date]:
    days: set[date] = set()
    if moment == "recorded":
        for record in trendsite.data_dir.glob(_RECORDS):
            with contextlib.suppress(msgspec.DecodeError, OSError):
                days.update(msgspec.json.decode(record.read_bytes(), type=list[date]))
        return days
    for path in trendsite.data_dir.glob(_FOLDERS[moment]):
        with contextlib.suppress(ValueError):
            days.add(date.fromisoformat(path.name.removesuffix(".unfinished").lstrip(".")))
    return days
