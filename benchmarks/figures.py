"""A figure: one number that a benchmark found, with the target that it is held against."""

from typing import Literal

import msgspec


class Target(msgspec.Struct, frozen=True):
    """What a figure should be: at most, or at least, ``value`` of the figure's unit."""

    relation: Literal["at most", "at least"]
    value: float

    def is_met_by(self, value: float | None) -> bool:
        """Return whether a figure reaches it; one that could not be had does not."""
        if value is None:
            return False
        return value <= self.value if self.relation == "at most" else value >= self.value


class Figure(msgspec.Struct, frozen=True):
    """One measured number; ``value`` is None where there was none to be had, and ``note`` says why."""

    benchmark: str
    name: str
    value: float | None
    unit: str
    target: Target | None = None
    note: str = ""


def at_most(value: float) -> Target:
    """Return the target of a figure that should be small."""
    return Target("at most", value)


def at_least(value: float) -> Target:
    """Return the target of a figure that should be large."""
    return Target("at least", value)
