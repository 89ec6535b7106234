"""``python -m benchmarks.cluster``: one driver with one, two and four executors, in network namespaces. Needs root.

It prints one table: processor time a post by process, and bytes a post into the driver. The counts of all cases must
be the same. Then it prints what ten machines would carry by these figures (benchmarks.cluster.model). Five minutes on
two cores; nothing else should run meanwhile.
"""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.cluster.model import Machines, as_lines
from benchmarks.cluster.scaling import CASES, as_table, measure
from benchmarks.harness import BenchmarkError


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000, help="how many posts each case counts")
    parser.add_argument("--port", type=int, default=7080, help="the collector's port; the next is the master's")
    parser.add_argument("--case", type=int, action="append", help="only some of the cases, by number from 0")
    chosen = parser.parse_args()
    cases = tuple(CASES[number] for number in chosen.case) if chosen.case else CASES
    # Namespaces and processes are removed at the end, also at an early one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("benchmarks.cluster: stopped"))
    folder = Path(tempfile.mkdtemp(prefix="scaling-"))
    folder.chmod(0o755)
    try:
        found = measure(folder, chosen.posts, chosen.port, cases)
        print(as_table(found))
        for of in found[-2:]:
            print(f"\n{as_lines(of, Machines())}")
    except BenchmarkError as error:
        sys.exit(f"benchmarks.cluster: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
