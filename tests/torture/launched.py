"""``python -m launch`` for the torture test: streaming reads through a proxy, and every program's clock can leap.

The settings of one program cannot differ from those of the others, so supervisord gets a
configuration of its own, with an ``environment=`` more in each program.
"""

import os
from pathlib import Path

from launch import __main__ as launch
from launch import process_environment
from tests.torture import replayed_network
from tests.torture.replayed_network import RECORDINGS

PROGRAMS = ("redis", "collector", "streaming", "site", "archive")
PROXY = "TORTURE_PROXY"
CLOCK_NAMES = ("LD_PRELOAD", "TORTURE_CLOCK")
CLOCK_PREFIX = "TORTURE_OWN_"
"""The prefix keeps the leaping clock away from supervisord itself and from other processes."""


def configuration(text: str, values: dict[str, str]) -> str:
    """Return supervisord.conf with the torture test's variables in each program's environment."""
    text = text.replace("%(here)s", str(process_environment.ROOT))
    clock = {name: values[CLOCK_PREFIX + name] for name in CLOCK_NAMES if CLOCK_PREFIX + name in values}
    if RECORDINGS in values:
        text = text.replace("-m collector\n", f"-m {replayed_network.__name__}\n")
    for program in PROGRAMS:
        own = {**clock, **({"COLLECTOR_ADDRESS": values[PROXY]} if program == "streaming" else {})}
        line = ",".join(f'{name}="{value}"' for name, value in own.items())
        text = text.replace(f"[program:{program}]\n", f"[program:{program}]\nenvironment={line}\n")
    return text


def main() -> None:
    """Start Trendsite in the foreground."""
    folder = Path(os.environ["DATA_DIR"]) / "torture"
    folder.mkdir(exist_ok=True)
    own = folder / "supervisord.conf"
    own.write_text(configuration((process_environment.ROOT / own.name).read_text(), dict(os.environ)))
    process_environment.ROOT = folder
    launch.main()


if __name__ == "__main__":
    main()
