"""``python -m benchmarks.fanout [--short] [REVISION]``: compares us with another revision."""

import argparse

from benchmarks.fanout.compare import measure
from benchmarks.fanout.servers import BEFORE_DAPHNE
from benchmarks.results import as_text


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    parser.add_argument("revision", nargs="?", default=BEFORE_DAPHNE, help="of this repository, as git takes it")
    parser.add_argument("--short", action="store_true", help="fewer viewers and rankings")
    chosen = parser.parse_args()
    print(as_text(measure(chosen.short, chosen.revision)))


if __name__ == "__main__":
    main()
