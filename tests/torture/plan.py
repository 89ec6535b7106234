"""A seed -> a plan: which fault hits which process of a running Trendsite, and when. Pure.

The same seed gives the same plan. What the processes do at that moment varies.
"""

import random
from dataclasses import dataclass
from itertools import product
from typing import Literal

What = Literal["kill", "freeze", "flush", "forget", "reset", "cut", "tear", "fill", "leap"]
Moment = Literal["writing", "written", "recorded"]

VICTIMS = ("collector", "streaming", "jvm", "worker", "redis", "site", "archive")
CLOSING_VICTIMS = ("streaming", "jvm", "redis", "collector")
MOMENTS: tuple[Moment, ...] = ("writing", "written", "recorded")

EARLIEST, LATEST = 0.05, 0.92
MANNERS_OF_TEARING = 4
_LONGEST_FREEZE_SECONDS = 8.0
_LONGEST_FULL_DISK_SECONDS = 6.0
_LONGEST_CUT_BYTES = 4_000
_MOST_TIMES = 12
_LEAPS_HOURS = (-30, -2, 2, 80)

_OF_VICTIMS: tuple[What, ...] = ("kill", "freeze")
_KINDS: tuple[What, ...] = (*_OF_VICTIMS, "flush", "forget", "reset", "cut", "tear", "fill", "leap")
_REST = [*product(_OF_VICTIMS, VICTIMS), *product(_KINDS[len(_OF_VICTIMS) :], [""])]

_SENTENCES: dict[What, str] = {
    "kill": "kill -9 {target}",
    "freeze": "SIGSTOP {target} for {seconds:.1f} s",
    "flush": "FLUSHALL on Redis, {number} times within {seconds:.1f} s",
    "forget": "kill -9 redis and remove its append-only file",
    "reset": "reset every connection to the collector, {number} times within {seconds:.1f} s",
    "cut": "reset a connection after {number} more bytes of the collector's answers",
    "tear": "kill -9 collector and tear the tail of its spool in manner {number}",
    "fill": "fill the spool's disk for {seconds:.1f} s",
    "leap": "the processes' clock leaps by {number} hours",
}


@dataclass(frozen=True)
class Step:
    """A fault to inject once the share ``at`` (0 to 1) of the recording is in the stream.

    ``target``, ``seconds`` and ``number`` are set where ``what`` needs them.
    """

    at: float
    what: What
    target: str = ""
    seconds: float = 0.0
    number: int = 0

    def __str__(self) -> str:
        return _SENTENCES[self.what].format(target=self.target, seconds=self.seconds, number=self.number)


@dataclass(frozen=True)
class Ambush:
    """Kill ``target`` while a day is closed: at the next ``moment``, for a day not ambushed yet."""

    moment: Moment
    target: str

    def __str__(self) -> str:
        return f"kill -9 {self.target} as a day closes, at '{self.moment}'"


@dataclass(frozen=True)
class Plan:
    """All faults of one seed; ``steps`` are in order of time."""

    seed: int
    steps: tuple[Step, ...]
    ambushes: tuple[Ambush, ...]


def make_plan(seed: int, steps: int, ambushes: int) -> Plan:
    """Return the plan of a seed: each kind of step once, then a kill and a freeze of each process, then more."""
    choice = random.Random(seed)
    deck: list[tuple[What, str]] = [(what, choice.choice(VICTIMS) if what in _OF_VICTIMS else "") for what in _KINDS]
    choice.shuffle(deck)
    while len(deck) < steps:
        deck += choice.sample(_REST, len(_REST))
    drawn = choice.sample(deck[:steps], steps)
    moments = sorted(choice.uniform(EARLIEST, LATEST) for _ in range(steps))
    made = tuple(_step(choice, at, *step) for at, step in zip(moments, drawn, strict=True))
    ambushed = tuple(Ambush(choice.choice(MOMENTS), choice.choice(CLOSING_VICTIMS)) for _ in range(ambushes))
    return Plan(seed, made, ambushed)


def _step(choice: random.Random, at: float, what: What, target: str) -> Step:
    seconds, number = 0.0, 0
    match what:
        case "freeze":
            seconds = choice.uniform(0.5, _LONGEST_FREEZE_SECONDS)
        case "flush" | "reset":
            seconds, number = choice.uniform(0.0, 3.0), choice.randint(1, _MOST_TIMES)
        case "cut":
            number = choice.randint(1, _LONGEST_CUT_BYTES)
        case "tear":
            number = choice.randrange(MANNERS_OF_TEARING)
        case "fill":
            seconds = choice.uniform(1.0, _LONGEST_FULL_DISK_SECONDS)
        case "leap":
            number = choice.choice(_LEAPS_HOURS)
    return Step(at, what, target, seconds, number)
