"""The title, kind and label of each source of posts, from its stream's name. Pure, but for the setting DEMO_POSTS."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec
from django.utils.translation import gettext, ngettext

from contract.environment import Environment
from contract.post import MAX_AHEAD
from contract.ranking import Window
from trendsite.localise import listed

SourceKind = Literal["live", "simulated", "replay"]
"""Live posts of a network, simulated posts, or a replay of recorded ones."""

NETWORKS = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon", "kafka": "Kafka"}
_SIMULATOR = "simulator"
_IS_DEMO = Environment(os.environ).flag("DEMO_POSTS", default=False)
"""Whether the networks of this process are stand-ins, whose posts are invented."""

_RECORDING = re.compile(r"replay-(?P<stem>.+?)(?:-(?P<fingerprint>[0-9a-f]{8}))?(?P<shift>-now)?")


def _(text: str) -> str:
    """Mark a text to be translated when it is shown: some who import this module have no settings of Django."""
    return text


HEADLINES: dict[Window, str] = {
    "day": _("Top hashtags today"),
    "hour": _("Top hashtags of the last hour"),
    "rising": _("Rising hashtags"),
}
UNTIMELY_HEADLINES: dict[Window, str] = {
    "day": _("Top hashtags on {day}"),
    "hour": _("Top hashtags of the latest hour on {day}"),
    "rising": _("Rising hashtags on {day}"),
}
"""Headlines of a recording with its own times, whose latest day is not today."""


class Source(msgspec.Struct, frozen=True):
    """A stream of posts.

    ``name`` is used in files, Redis keys, the database and addresses, ``title`` in texts. ``is_timely`` means that its
    clock can be compared with ours, which is not so for a recording with its own times. ``label`` marks a source
    that is not live; it is empty for a network. The ``fingerprint`` distinguishes recordings of the same name.
    """

    name: str
    title: str
    kind: SourceKind
    is_timely: bool
    label: str
    fingerprint: str = ""

    @property
    def exact_title(self) -> str:
        """The title with the fingerprint, if there is one, for lists of the admin."""
        return f"{self.title} ({self.fingerprint})" if self.fingerprint else self.title


def is_network(name: str) -> bool:
    """Return whether a stream is that of a network. Only networks run side by side and are added up."""
    return name in NETWORKS


def joined(names: Iterable[str]) -> str:
    """Return one name for sources that are added up: theirs in order, with commas, which no stream's name has."""
    return ",".join(sorted(names))


def source_named(name: str) -> Source:
    """Return the source of a stream's name, or of several ``joined`` ones.

    Any other name than those below is a recording: an operator chose it.
    """
    if "," in name:
        return _live(name, _in_words(name.split(",")))
    if name in NETWORKS:
        return _live(
            name, gettext("invented %(network)s posts") % {"network": NETWORKS[name]} if _IS_DEMO else NETWORKS[name]
        )
    if name == _SIMULATOR:
        return Source(name, gettext("simulated posts"), "simulated", is_timely=True, label=gettext("Simulated"))
    recording = _RECORDING.fullmatch(name)
    if recording is None:
        return Source(name, _replay_of(name), "replay", is_timely=False, label=gettext("Replay"))
    is_shifted = recording["shift"] is not None
    return Source(
        name,
        _replay_of(_recording_title(recording["stem"]), is_shifted=is_shifted),
        "replay",
        is_timely=is_shifted,
        label=gettext("Replayed as if now") if is_shifted else gettext("Replay"),
        fingerprint=recording["fingerprint"] or "",
    )


def _replay_of(recording: str, *, is_shifted: bool = False) -> str:
    text = gettext("replay of %(recording)s, as if it were now") if is_shifted else gettext("replay of %(recording)s")
    return text % {"recording": recording}


def _live(name: str, title: str) -> Source:
    """Return the source of networks; in a demo it is marked as such, and its posts as simulated."""
    if _IS_DEMO:
        return Source(name, title, "simulated", is_timely=True, label=gettext("Demo"))
    return Source(name, title, "live", is_timely=True, label="")


def at_clock(source: Source, clock: datetime | None, now: datetime, *, has_ended: bool) -> Source:
    """Return a source with its ``is_timely`` at ``clock`` (UTC).

    A recording that is replayed as if now is timely only while its clock fits ``now``: at a higher speed it runs ahead,
    and after its end its day becomes a past day.
    """
    if source.kind != "replay" or not source.is_timely or clock is None:
        return source
    fits = clock <= now + MAX_AHEAD and not (has_ended and clock.date() < now.date())
    return msgspec.structs.replace(source, is_timely=fits)


def kind_of(name: str) -> SourceKind:
    """Return the kind of the source of a stream's name."""
    return source_named(name).kind


def sources_named(names: Iterable[str]) -> list[Source]:
    """Return sources in order of their names. Sources with the same title get their fingerprints in it."""
    sources = [source_named(name) for name in sorted(set(names))]
    titles = Counter(source.title for source in sources)
    return [_with_fingerprint(source) if titles[source.title] > 1 else source for source in sources]


def headline(window: Window, source: Source | None, day: date | None) -> str:
    """Return the headline of a ranking; for a recording with its own times it has the date."""
    if source is None or source.is_timely:
        return gettext(HEADLINES[window])
    return with_day(gettext(UNTIMELY_HEADLINES[window]), day)


def with_day(text: str, day: date | None) -> str:
    """Fill the day into a text with "on {day}"; without a day, drop these words."""
    return text.replace("{day}", f"{day:%-d %B %Y}") if day else text.replace(" on {day}", "")


def _in_words(names: Sequence[str]) -> str:
    return listed([source_named(name).title for name in names])


def _recording_title(stem: str) -> str:
    several = re.fullmatch(r"(\d+)-files", stem)
    if several is None:
        return stem
    return ngettext("%(number)s recording", "%(number)s recordings", int(several[1])) % {"number": several[1]}


def _with_fingerprint(source: Source) -> Source:
    return msgspec.structs.replace(source, title=source.exact_title)
