"""``python -m launch.supervise -c FILE``: supervisord in the foreground, the parent of every process."""

import signal

from supervisor import supervisord
from supervisor.options import ServerOptions


class ForegroundOptions(ServerOptions):  # type: ignore[misc]  # an untyped base class
    """Supervisord's options, but a closed terminal stops everything instead of starting it anew."""

    def get_signal(self) -> int | None:
        """Return the signal to act on next, if one came."""
        received: int | None = super().get_signal()
        return signal.SIGTERM if received == signal.SIGHUP else received


if __name__ == "__main__":
    supervisord.ServerOptions = ForegroundOptions
    supervisord.main()
