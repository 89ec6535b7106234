"""``python -m tests.torture``: repeat torture runs, each with a new seed, until the minutes are over."""

import argparse
import random
import sys
import time

from tests.conftest import SHARED_DATA
from tests.maven import ServerMissingError
from tests.torture.plan import ALONE, Setup, make_plan
from tests.torture.run import MADE_UP, RECORDED, Outcome, StuckError, torture

STEPS = 14
BROKERS = 3
AMBUSHES = 2
RECORDING_SECONDS = 60.0
_SHOWN = 40


def main() -> None:
    """Run torture tests; exit with 1 if any count was wrong."""
    arguments = _arguments()
    end = time.monotonic() + arguments.minutes * 60
    seeds = [arguments.seed] if arguments.seed is not None else _seeds(random.randrange(1_000_000))
    outcomes = []
    for seed in seeds:
        outcomes.append(_run(seed, arguments))
        if time.monotonic() >= end:
            break
    _print_table(outcomes)
    sys.exit(any(outcome.errors for outcome in outcomes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Count exactly, whatever dies.")
    parser.add_argument("--seed", type=int, help="run this plan, once")
    parser.add_argument("--minutes", type=float, default=10, help="begin no new run after so many minutes")
    parser.add_argument("--data", choices=[*RECORDED, MADE_UP], help="the recording; otherwise the seed chooses")
    parser.add_argument("--networks", default="", help="let these replay side by side, as bluesky,mastodon")
    parser.add_argument("--log", choices=["spool", "kafka"], default="spool", help="where the collector's posts are")
    parser.add_argument("--brokers", type=int, default=BROKERS, help="how many brokers Kafka has, 1 or 3")
    parser.add_argument("--master", choices=["local", "cluster"], default="local", help="where Spark's tasks run")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--ambushes", type=int, default=AMBUSHES)
    parser.add_argument("--seconds", type=float, default=RECORDING_SECONDS, help="how long the recording is to take")
    return parser.parse_args()


def _seeds(first: int):
    while True:
        yield first
        first += 1


def _data(seed: int) -> str:
    there = [name for name, file in RECORDED.items() if (SHARED_DATA / file).exists()]
    # Every other run is of days that close, which most recordings do not have.
    return there[seed // 2 % len(there)] if there and seed % 2 else MADE_UP


def _run(seed: int, arguments: argparse.Namespace) -> Outcome:
    data = arguments.data or _data(seed)
    setup = Setup(arguments.brokers if arguments.log == "kafka" else 0, arguments.master == "cluster")
    plan = make_plan(seed, arguments.steps, arguments.ambushes, setup)
    chosen = "".join(f" {name.upper()}={vars(arguments)[name]}" for name in ("log", "master"))
    log(f"seed {seed}: again by `make torture SEED={seed} DATA={data}{chosen if setup != ALONE else ''}`")
    try:
        outcome = torture(plan, data, arguments.seconds, log, list(filter(None, arguments.networks.split(","))))
    except ServerMissingError as error:
        sys.exit(f"torture: {error}")
    except (StuckError, AssertionError) as error:
        outcome = Outcome(seed, data, errors=[str(error)])
    for wrong in outcome.errors[:_SHOWN]:
        log(f"seed {seed}: {wrong}")
    if len(outcome.errors) > _SHOWN:
        log(f"seed {seed}: and {len(outcome.errors) - _SHOWN:,} more")
    return outcome


def _print_table(outcomes: list[Outcome]) -> None:
    log("\n    seed data     steps   posts days rebuilds silence  wrong     s")
    for one in outcomes:
        log(
            f"{one.seed:>8} {one.data:8} {one.steps:>5} {one.posts:>7,} {one.days:>4} {one.rebuilds:>8} "
            f"{one.silence:>7.1f} {len(one.errors):>6,} {one.seconds:>5.0f}"
        )


def log(line: str) -> None:
    """Print a line and flush."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
