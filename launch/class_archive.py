"""``python -m launch.class_archive``: makes the archive of Java's classes, once, when the first start has settled.

It takes half a minute of the processor, at the lowest priority, and the next start is faster by some seconds. If it is
killed, the next start tries again.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from contract.environment import Environment
from contract.logs import print_as_logged
from launch import java
from launch.process_environment import PACKAGES, wants_class_archive

_SETTLING_SECONDS = 180.0
_LOWEST_PRIORITY = 19


def main() -> None:
    """Wait a while, then make the archive."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    print_as_logged("class-archive", Environment(os.environ))
    if not wants_class_archive(os.environ) or stop.wait(_SETTLING_SECONDS):
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(_LOWEST_PRIORITY)
    java.archive_classes(Path(sys.prefix), Path(os.environ["JAVA_HOME"]), PACKAGES)


if __name__ == "__main__":
    main()
