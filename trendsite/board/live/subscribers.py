"""The subscribers of this process, and the newest frame of each choice. It does not know Redis.

It holds the newest ranking of each choice, so a subscriber gets one at once when it connects, when it makes another
choice, and when it was too slow for some frames.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Protocol

from contract.ranking import Ranking, encode_ranking
from trendsite.board.live.frame_writer import PreparedFrame, prepare_frame
from trendsite.queries.choice import Choice
from trendsite.queries.health import Viewers
from trendsite.queries.pipeline_status import Shown, SourceDay


class FrameWriter(Protocol):
    """Writes frames to one connection. The server implements it."""

    on_writable: Callable[[], None]
    """Called when what was written has left and there is room again."""

    def mark_subscribed(self) -> None:
        """Stop treating the connection as an unfinished request: it is a subscriber now."""

    def write(self, frames: Sequence[PreparedFrame]) -> bool:
        """Write frames. Return False, and write nothing, while earlier ones still wait."""


class Subscriber:
    """One viewer's connection: what it chose, and how to write to it."""

    def __init__(self, choice: Choice, frame_writer: FrameWriter, address: str, viewers: Viewers | None = None) -> None:
        """Send ``choice`` through ``frame_writer`` to a viewer at ``address``; count frames in ``viewers``."""
        self.choice = choice
        self.address = address
        self.has_missed = False
        self._write = frame_writer.write
        self._viewers = viewers or Viewers()

    def send(self, frames: Sequence[PreparedFrame]) -> None:
        """Send frames. A subscriber that is too slow misses them, and ``has_missed`` becomes True."""
        if self._write(frames):
            self._viewers.frames_sent += len(frames)
        else:
            self.has_missed = True


class Subscribers:
    """All subscribers, grouped by choice."""

    def __init__(self) -> None:
        """Start without subscribers and without rankings."""
        self._by_choice: dict[Choice, set[Subscriber]] = {}
        self._sources: tuple[str, ...] = ()
        self.clear()

    def __bool__(self) -> bool:
        return bool(self._by_choice)

    def __contains__(self, choice: Choice) -> bool:
        return choice in self._by_choice

    def clear(self) -> None:
        """Drop every ranking and the status. Nothing is sent."""
        self._status: tuple[PreparedFrame, ...] = ()
        self._status_pending: set[Choice] = set()
        self._rankings: dict[Choice, _Latest] = {}
        self._has_hidden: set[Choice] = set()
        self._lacking: Collection[str] = ()
        self._shown: Shown | SourceDay | None = None
        self.has_day = False

    def add(self, subscriber: Subscriber, now: datetime) -> None:
        """Add a subscriber and send it the current status and ranking."""
        self._by_choice.setdefault(subscriber.choice, set()).add(subscriber)
        self._send_current(subscriber, now)

    def change_choice(self, subscriber: Subscriber, choice: Choice, now: datetime) -> None:
        """Send another choice to a subscriber from now on."""
        self.remove(subscriber)
        subscriber.choice = choice
        self.add(subscriber, now)

    def remove(self, subscriber: Subscriber) -> None:
        """Remove a subscriber. A computed ranking goes with its last subscriber."""
        choice = subscriber.choice
        self._by_choice[choice].remove(subscriber)
        if not self._by_choice[choice]:
            del self._by_choice[choice]
            self._status_pending.discard(choice)
            if self.is_computed(choice):
                self._rankings.pop(choice, None)

    def catch_up(self, subscriber: Subscriber, now: datetime) -> None:
        """Send the current ranking to a subscriber that has room again, if it missed one."""
        if subscriber.has_missed:
            subscriber.has_missed = False
            self._send_current(subscriber, now)

    def is_published(self, choice: Choice) -> bool:
        """Return whether one running source publishes a choice. Until the sources are known, assume a single one."""
        return choice.publisher(self._sources) is not None if self._sources else choice.is_published

    def is_computed(self, choice: Choice) -> bool:
        """Return whether this process computes a choice: it is not published, or published with hidden hashtags."""
        return not self.is_published(choice) or choice in self._has_hidden

    def computed_choices(self) -> Iterator[Choice]:
        """Return every subscribed choice that this process computes."""
        return (choice for choice in self._by_choice if self.is_computed(choice))

    def computed_without(self, subscriber: Subscriber) -> Iterator[Choice]:
        """Return every choice that no source publishes and that has other subscribers than this one."""
        only_this = {subscriber}
        return (
            choice
            for choice, subscribers in self._by_choice.items()
            if not self.is_published(choice) and subscribers != only_this
        )

    def has_ranking(self, choice: Choice) -> bool:
        """Return whether there is a current ranking of ``choice``."""
        return choice in self._rankings

    def send_status(self, status: str) -> None:
        """Send a status to all now."""
        self._status = _frame(status)
        self._status_pending.clear()
        for choice in self._by_choice:
            self._send(choice, self._status)

    def queue_status(self, status: str) -> None:
        """Send a status with each choice's next ranking, or now if the previous status still waits for one."""
        self._status = _frame(status)
        waited, self._status_pending = self._status_pending, set(self._by_choice) - self._status_pending
        for choice in waited:
            self._send(choice, self._status)

    def send_published(self, choice: Choice, ranking: str) -> None:
        """Send a ranking as Redis published it."""
        self._has_hidden.discard(choice)
        self.send_ranking(choice, ranking)

    def compute_instead(self, choice: Choice) -> None:
        """Compute a choice from now on: its published ranking has hidden hashtags."""
        if choice not in self._has_hidden:
            self._has_hidden.add(choice)
            self._rankings.pop(choice, None)

    def compute_all_instead(self) -> None:
        """Compute every choice until Redis publishes it again: any current ranking may have hidden hashtags."""
        self._has_hidden.update(choice for choice in self._rankings if self.is_published(choice))
        self._rankings.clear()

    def send_empty(self, shown: Shown | SourceDay, now: datetime) -> None:
        """Replace every subscriber's ranking by an empty one."""
        for choice in self._by_choice:
            self._send(choice, _frame(_empty_ranking(shown, choice, now)))

    def send_ranking(self, choice: Choice, ranking: str) -> None:
        """Send a ranking to the subscribers of its choice."""
        latest = self._rankings[choice] = _Latest(ranking)
        if choice not in self._by_choice:
            return
        frames = latest.frames
        if choice in self._status_pending:
            self._status_pending.remove(choice)
            frames += self._status
        self._send(choice, frames)

    def replace_day(
        self,
        shown: Shown | SourceDay | None,
        rankings: Mapping[Choice, str | None],
        now: datetime,
        lacking: Collection[str] = (),
    ) -> None:
        """Replace all rankings by those of other sources or another day, and send each subscriber its own.

        A ranking that is None has hidden hashtags, so this process computes it. Redis is being filled with the counts
        of the sources that are ``lacking``.
        """
        self._shown, self._lacking = shown, lacking
        self._sources = shown.sources if shown else self._sources
        self._rankings = {choice: _Latest(ranking) for choice, ranking in rankings.items() if ranking is not None}
        self._has_hidden = rankings.keys() - self._rankings.keys()
        self.has_day = bool(rankings)
        for subscribers in self._by_choice.values():
            for subscriber in subscribers:
                self._send_current(subscriber, now)

    def _send(self, choice: Choice, frames: Sequence[PreparedFrame]) -> None:
        for subscriber in self._by_choice.get(choice, ()):
            subscriber.send(frames)

    def _send_current(self, subscriber: Subscriber, now: datetime) -> None:
        if frames := self._status + self._current_ranking(subscriber.choice, now):
            subscriber.send(frames)

    def _current_ranking(self, choice: Choice, now: datetime) -> tuple[PreparedFrame, ...]:
        """Return the newest ranking, or an empty one for a language without posts on a day that has others.

        While no language has a ranking, or Redis is being filled with the counts of the source, this one is unknown.
        """
        if choice in self._rankings or not (self._shown and self.has_day) or self.is_computed(choice):
            return self._rankings[choice].frames if choice in self._rankings else ()
        if choice.publisher(self._sources) in self._lacking:
            return ()
        return _frame(_empty_ranking(self._shown, choice, now))


class _Latest:
    """The newest ranking of a choice. It becomes a frame once, and only if it is sent."""

    def __init__(self, message: str) -> None:
        self._message = message

    @cached_property
    def frames(self) -> tuple[PreparedFrame, ...]:
        return _frame(self._message)


def _empty_ranking(shown: Shown | SourceDay, choice: Choice, now: datetime) -> str:
    ranking = Ranking(
        shown.chosen(choice.networks).day,
        list(choice.languages),
        choice.window,
        now,
        final=False,
        posts=0,
        top=[],
        by=choice.by,
        networks=list(choice.networks),
    )
    return encode_ranking(ranking).decode()


def _frame(message: str) -> tuple[PreparedFrame, ...]:
    return (prepare_frame(message),)
