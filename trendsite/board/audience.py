"""Every viewer of this process and the newest frame of each kind. It knows no Redis.

Because it holds the newest ranking of each choice, a viewer is greeted at once, and again whenever
it makes another choice or was too slow for some frames.
"""

from collections.abc import Iterator
from datetime import datetime

from contract.ranking import Ranking, encode_ranking
from trendsite.board.messages import text_frame
from trendsite.board.viewer import Viewer
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown


class Audience:
    """The viewers, by what they chose to see."""

    def __init__(self) -> None:
        """Begin without viewers and with nothing to show."""
        self._viewers: dict[Choice, set[Viewer]] = {}
        self.forget()

    def __bool__(self) -> bool:
        return bool(self._viewers)

    def __contains__(self, choice: Choice) -> bool:
        return choice in self._viewers

    def forget(self) -> None:
        """Hold nothing to show any more; viewers keep what they were sent."""
        self._status = b""
        self._owed: set[Choice] = set()
        self._rankings: dict[Choice, bytes] = {}
        self._withheld: set[Choice] = set()
        self._shown: Shown | None = None
        self.holds_day = False

    def join(self, viewer: Viewer, now: datetime) -> None:
        """Greet a viewer with all there is."""
        self._viewers.setdefault(viewer.choice, set()).add(viewer)
        self._greet(viewer, now)

    def choose(self, viewer: Viewer, choice: Choice, now: datetime) -> None:
        """Show another choice to a viewer, from now on."""
        self.leave(viewer)
        viewer.choice = choice
        self.join(viewer, now)

    def leave(self, viewer: Viewer) -> None:
        """Send a viewer nothing more. A computed ranking goes with the last who watches it."""
        choice = viewer.choice
        self._viewers[choice].remove(viewer)
        if not self._viewers[choice]:
            del self._viewers[choice]
            self._owed.discard(choice)
            if self.is_computed(choice):
                self._rankings.pop(choice, None)

    def catch_up(self, viewer: Viewer, now: datetime) -> None:
        """Show a viewer that has room again what is newest now, if it missed anything."""
        if viewer.has_missed:
            viewer.has_missed = False
            self._greet(viewer, now)

    def is_computed(self, choice: Choice) -> bool:
        """Return whether Redis does not publish a choice, or publishes it with something that is hidden."""
        return not choice.is_published or choice in self._withheld

    def computed_choices(self) -> Iterator[Choice]:
        """Return every watched choice that is computed."""
        return (choice for choice in self._viewers if self.is_computed(choice))

    def computed_without(self, viewer: Viewer) -> Iterator[Choice]:
        """Return every choice that Redis never publishes and somebody else than ``viewer`` watches."""
        alone = {viewer}
        return (choice for choice in self._viewers if not choice.is_published and self._viewers[choice] != alone)

    def has_ranking(self, choice: Choice) -> bool:
        """Return whether there is a ranking of ``choice`` to greet with."""
        return choice in self._rankings

    def tell(self, status: str) -> None:
        """Send a status to everybody now."""
        self._status = text_frame(status)
        self._owed.clear()
        for choice in self._viewers:
            self._send(choice, self._status)

    def report(self, status: str) -> None:
        """Send a status to everybody with their next ranking; where that is still to come since the last, now."""
        self._status = text_frame(status)
        waited, self._owed = self._owed, set(self._viewers) - self._owed
        for choice in waited:
            self._send(choice, self._status)

    def publish(self, choice: Choice, ranking: str) -> None:
        """Send a ranking as Redis published it to those who chose it."""
        self._withheld.discard(choice)
        self.show(choice, ranking)

    def withhold(self, choice: Choice) -> None:
        """Have a choice computed from now on: what Redis published has something hidden in it."""
        if choice not in self._withheld:
            self._withheld.add(choice)
            self._rankings.pop(choice, None)

    def withhold_all(self) -> None:
        """Have every choice computed until Redis publishes it anew: what is held may have something hidden in it."""
        self._withheld.update(choice for choice in self._rankings if choice.is_published)
        self._rankings.clear()

    def show_nothing(self, shown: Shown, now: datetime) -> None:
        """Take the ranking away from everybody."""
        for choice in self._viewers:
            self._send(choice, text_frame(_empty_ranking(shown, choice, now)))

    def show(self, choice: Choice, ranking: str) -> None:
        """Send a ranking to those who chose it."""
        frames = self._rankings[choice] = text_frame(ranking)
        if choice in self._owed:
            self._owed.remove(choice)
            frames += self._status
        self._send(choice, frames)

    def show_day(self, shown: Shown | None, rankings: dict[Choice, str | None], now: datetime) -> None:
        """Replace all rankings by those of another source or day, and greet everybody anew.

        One that is None has something hidden in it, and is computed.
        """
        self._shown = shown
        self._rankings = {choice: text_frame(ranking) for choice, ranking in rankings.items() if ranking is not None}
        self._withheld = rankings.keys() - self._rankings.keys()
        self.holds_day = bool(rankings)
        for viewers in self._viewers.values():
            for viewer in viewers:
                self._greet(viewer, now)

    def _send(self, choice: Choice, frames: bytes) -> None:
        for viewer in self._viewers.get(choice, ()):
            viewer.show(frames)

    def _greet(self, viewer: Viewer, now: datetime) -> None:
        if frames := self._status + self._ranking(viewer.choice, now):
            viewer.show(frames)

    def _ranking(self, choice: Choice, now: datetime) -> bytes:
        """Return the newest ranking; of a language without posts an empty one, once any other has some.

        While none has, Redis may be about to be filled again, and nothing is known of this one either.
        """
        if choice in self._rankings or not (self._shown and self.holds_day) or self.is_computed(choice):
            return self._rankings.get(choice, b"")
        return text_frame(_empty_ranking(self._shown, choice, now))


def _empty_ranking(shown: Shown, choice: Choice, now: datetime) -> str:
    languages = list(choice.languages)
    ranking = Ranking(shown.day, languages, choice.window, now, final=False, posts=0, top=[], by=choice.by)
    return encode_ranking(ranking).decode()
