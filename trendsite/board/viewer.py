"""One viewer of the board: what it chose to see, and the way to it, which takes a frame at once or not at all."""

from collections.abc import Callable
from typing import Protocol

from trendsite.live.choice import Choice


class Outlet(Protocol):
    """The way to one viewer."""

    on_room: Callable[[], None]
    """Called when what was written is on its way and there is room again."""

    def write(self, frame: bytes) -> bool:
        """Pass whole WebSocket frames on; return False, and pass nothing on, while those before are still here."""


class Viewer:
    """Whatever a viewer is too slow for is left out; ``has_missed`` tells that something was."""

    def __init__(self, choice: Choice, outlet: Outlet, address: str) -> None:
        """Show ``choice`` through ``outlet`` to somebody at ``address``."""
        self.choice = choice
        self.address = address
        self.has_missed = False
        self._write = outlet.write

    def show(self, frames: bytes) -> None:
        """Send frames, or note that they were missed."""
        if not self._write(frames):
            self.has_missed = True
