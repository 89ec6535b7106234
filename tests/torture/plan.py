"""A seed -> a plan: which fault hits which process of a running Trendsite, and when. Pure.

The same seed gives the same plan for the same setup. What the processes do at that moment varies.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

What = Literal[
    "kill", "freeze", "flush", "forget", "reset", "cut", "tear", "fill", "leap", "replace", "interrupt", "expire"
]
Moment = Literal["writing", "written", "recorded"]

VICTIMS = ("collector", "streaming", "jvm", "worker", "redis", "site", "archive")
CLOSING_VICTIMS = ("streaming", "jvm", "redis", "collector")
MOMENTS: tuple[Moment, ...] = ("writing", "written", "recorded")

EARLIEST, LATEST = 0.05, 0.92
MANNERS_OF_TEARING = 4
_LONGEST_FREEZE_SECONDS = 8.0
_LONGEST_FULL_DISK_SECONDS = 6.0
_LONGEST_ABSENCE_SECONDS = 6.0
_LONGEST_CUT_BYTES = 4_000
_MOST_TIMES = 12
_LEAPS_HOURS = (-30, -2, 2, 80)
_KEPT_POSTS = (3_000, 6_000)
"""More than the posts among which a made up recording repeats itself: the collector knows repeats by the log."""

_STARTED_BY_US = ("broker", "machine")
"""Nothing else starts these again."""

_OF_VICTIMS: tuple[What, ...] = ("kill", "freeze")
_OF_SPOOL: tuple[What, ...] = ("tear", "fill")
_OF_KAFKA: tuple[What, ...] = ("replace", "interrupt", "expire")

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
    "replace": "a second collector takes over for {seconds:.1f} s, {zombie}",
    "interrupt": "kill -9 a broker in a transaction, back after {seconds:.1f} s",
    "expire": "Kafka deletes the posts that are counted, but the last {number}",
}
_RUNNING_ZOMBIE, _FROZEN_ZOMBIE = "and the first one runs on", "while the first one is frozen"


@dataclass(frozen=True)
class Setup:
    """What runs, and so what can fail.

    ``broker_count`` Kafka brokers hold the log, or with 0 the spool does. Spark's tasks run on a cluster, or here.
    """

    broker_count: int = 0
    has_cluster: bool = False

    @property
    def victims(self) -> tuple[str, ...]:
        """What may be killed and frozen."""
        return VICTIMS + self._own_victims

    @property
    def closing_victims(self) -> tuple[str, ...]:
        """What may be killed as a day closes."""
        return CLOSING_VICTIMS + self._own_victims

    @property
    def _own_victims(self) -> tuple[str, ...]:
        of_kafka = ("broker",) if self.broker_count else ()
        return of_kafka + (("executor", "machine") if self.has_cluster else ())

    @property
    def kinds(self) -> tuple[What, ...]:
        """The kinds of steps."""
        own = _OF_KAFKA if self.broker_count else _OF_SPOOL
        return (*_OF_VICTIMS, "flush", "forget", "reset", "cut", *own, "leap")

    @property
    def longest_freezes(self) -> Mapping[str, float]:
        """How long each victim may be frozen, in seconds, if that differs: beyond what others wait for it."""
        of_kafka = {"collector": 22.0, "broker": 16.0} if self.broker_count else {}
        return of_kafka | ({"executor": 25.0, "machine": 25.0} if self.has_cluster else {})


ALONE = Setup()
"""The spool, and Spark on this machine."""


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
        zombie = _FROZEN_ZOMBIE if self.number else _RUNNING_ZOMBIE
        sentence = _SENTENCES[self.what].format(
            target=self.target, seconds=self.seconds, number=self.number, zombie=zombie
        )
        return f"{sentence}, back after {self.seconds:.1f} s" if self.what == "kill" and self.seconds else sentence


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
    setup: Setup = field(default=ALONE)


def make_plan(seed: int, steps: int, ambushes: int, setup: Setup = ALONE) -> Plan:
    """Return the plan of a seed: each kind of step once, then a kill and a freeze of each process, then more."""
    choice = random.Random(seed)
    kinds, victims = setup.kinds, setup.victims
    deck: list[tuple[What, str]] = [(what, choice.choice(victims) if what in _OF_VICTIMS else "") for what in kinds]
    choice.shuffle(deck)
    rest = [*product(_OF_VICTIMS, victims), *product(kinds[len(_OF_VICTIMS) :], [""])]
    while len(deck) < steps:
        deck += choice.sample(rest, len(rest))
    drawn = choice.sample(deck[:steps], steps)
    moments = sorted(choice.uniform(EARLIEST, LATEST) for _ in range(steps))
    made = tuple(_step(choice, setup, at, *step) for at, step in zip(moments, drawn, strict=True))
    ambushed = tuple(Ambush(choice.choice(MOMENTS), choice.choice(setup.closing_victims)) for _ in range(ambushes))
    return Plan(seed, made, ambushed, setup)


def _step(choice: random.Random, setup: Setup, at: float, what: What, target: str) -> Step:
    seconds, number = 0.0, 0
    match what:
        case "kill":
            seconds = choice.uniform(0.1, _LONGEST_ABSENCE_SECONDS) if target in _STARTED_BY_US else 0.0
        case "freeze":
            seconds = choice.uniform(0.5, setup.longest_freezes.get(target, _LONGEST_FREEZE_SECONDS))
        case "flush" | "reset":
            seconds, number = choice.uniform(0.0, 3.0), choice.randint(1, _MOST_TIMES)
        case "cut":
            number = choice.randint(1, _LONGEST_CUT_BYTES)
        case "leap":
            number = choice.choice(_LEAPS_HOURS)
        case "tear" | "fill":
            seconds, number = _of_spool(choice, what)
        case "replace" | "interrupt" | "expire":
            seconds, number = _of_kafka(choice, what)
    return Step(at, what, target, seconds, number)


def _of_spool(choice: random.Random, what: What) -> tuple[float, int]:
    if what == "tear":
        return 0.0, choice.randrange(MANNERS_OF_TEARING)
    return choice.uniform(1.0, _LONGEST_FULL_DISK_SECONDS), 0


def _of_kafka(choice: random.Random, what: What) -> tuple[float, int]:
    if what == "expire":
        return 0.0, choice.choice(_KEPT_POSTS)
    return choice.uniform(0.1, _LONGEST_ABSENCE_SECONDS), choice.randrange(2) if what == "replace" else 0
