"""The viewers of this process, counted for whoever asks how it is."""

import msgspec


class Viewers(msgspec.Struct):
    """How many watch the board through this process now, and how many it refused since it started, by reason."""

    watching: int = 0
    refused: dict[str, int] = msgspec.field(default_factory=dict)

    def refuse(self, kind: str) -> None:
        """Count one more that was refused."""
        self.refused[kind] = self.refused.get(kind, 0) + 1


of_this_process = Viewers()
