"""Every viewer of this process and the newest message of each kind. It knows no Redis.

Because it holds the newest ranking of each window and language, a viewer is greeted at once, and
again whenever it makes another choice.
"""

from collections.abc import Iterator
from datetime import datetime

from contract.ranking import Ranking, encode_ranking
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
        self._status: str | None = None
        self._rankings: dict[Choice, str] = {}
        self._shown: Shown | None = None

    def join(self, viewer: Viewer, now: datetime) -> None:
        """Greet a viewer with all there is."""
        self._viewers.setdefault(viewer.choice, set()).add(viewer)
        if self._status:
            viewer.offer_status(self._status)
        self._greet(viewer, now)

    def choose(self, viewer: Viewer, choice: Choice, now: datetime) -> None:
        """Show another choice to a viewer, from now on."""
        self.leave(viewer)
        viewer.choice = choice
        self._viewers.setdefault(choice, set()).add(viewer)
        self._greet(viewer, now)

    def leave(self, viewer: Viewer) -> None:
        """Send a viewer nothing more. A computed ranking goes with the last who watches it."""
        choice = viewer.choice
        self._viewers[choice].remove(viewer)
        if not self._viewers[choice]:
            del self._viewers[choice]
            if not choice.is_published:
                self._rankings.pop(choice, None)

    def computed_choices(self) -> Iterator[Choice]:
        """Return every watched choice that Redis does not publish."""
        return (choice for choice in self._viewers if not choice.is_published)

    def has_ranking(self, choice: Choice) -> bool:
        """Return whether there is a ranking of ``choice`` to greet with."""
        return choice in self._rankings

    def tell(self, status: str) -> None:
        """Send a status to everybody."""
        self._status = status
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.offer_status(status)

    def show(self, choice: Choice, ranking: str) -> None:
        """Send a ranking to those who chose it."""
        self._rankings[choice] = ranking
        for viewer in self._viewers.get(choice, ()):
            viewer.offer_ranking(ranking)

    def show_day(self, shown: Shown | None, rankings: dict[Choice, str], now: datetime) -> None:
        """Replace all rankings by those of another source or day, and greet everybody anew."""
        self._shown, self._rankings = shown, rankings
        for viewers in self._viewers.values():
            for viewer in viewers:
                self._greet(viewer, now)

    def _greet(self, viewer: Viewer, now: datetime) -> None:
        ranking = self._rankings.get(viewer.choice)
        if ranking is None and self._shown and viewer.choice.is_published:
            ranking = _empty_ranking(self._shown, viewer.choice, now)
        if ranking:
            viewer.offer_ranking(ranking)


def _empty_ranking(shown: Shown, choice: Choice, now: datetime) -> str:
    ranking = Ranking(shown.day, list(choice.languages), choice.window, now, final=False, posts=0, top=[])
    return encode_ranking(ranking).decode()
