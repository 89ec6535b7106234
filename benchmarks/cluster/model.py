"""What limits a cluster, from the figures of one post on this machine: a formula for each resource, and the least.

Each resource carries ``capacity / cost`` posts a second: seconds of processor by seconds a post, or bytes a second by
bytes a post. Costs do not depend on the number of machines here, which is the model's main assumption.
"""

from dataclasses import dataclass

from benchmarks.cluster.scaling import Found

_EXECUTORS = ("executors, JVM", "executors, Python")
_DRIVER = "driver, Python"
_BESIDE_DRIVER = ("driver, JVM", "driver, Spark's Python", "Redis")


@dataclass(frozen=True)
class Machines:
    """``nodes`` machines of executors and one each of driver and collector, all with ``cores`` and one network link.

    ``link`` is in bytes a second each way. ``speed`` is that of a core, by one of the machine that was measured.
    """

    nodes: int = 10
    cores: int = 4
    link: float = 1.25e9
    speed: float = 1.0


def limits(found: Found, machines: Machines) -> dict[str, float]:
    """Return the posts a second that each resource carries, the least first."""
    core = 1e6 * machines.speed
    beside = sum(found.cpu.get(part, 0.0) for part in _BESIDE_DRIVER)
    on_executors = sum(found.cpu.get(part, 0.0) for part in _EXECUTORS)
    carried = {
        "driver, the process that counts: 1 core": _rate(core, found.cpu.get(_DRIVER, 0.0)),
        f"driver, Spark and Redis: {machines.cores - 1} cores": _rate((machines.cores - 1) * core, beside),
        "driver, its link": _rate(machines.link, found.received),
        f"executors: {machines.nodes * machines.cores} cores": _rate(
            machines.nodes * machines.cores * core, on_executors
        ),
        # One interpreter reads the network, writes the log and answers executors.
        "collector: 1 core": _rate(core, found.intake + found.cpu.get("collector", 0.0)),
        "collector, its link": _rate(machines.link, found.served),
    }
    if found.case.has_kafka:
        # A partition is read by one task of a batch.
        carried["Kafka, 4 partitions: 4 of these cores"] = _rate(4 * core, on_executors)
    return dict(sorted(carried.items(), key=lambda item: item[1]))


def _rate(capacity: float, cost: float) -> float:
    return capacity / cost if cost else float("inf")


def as_lines(found: Found, machines: Machines) -> str:
    """Return the limits as a table in Markdown."""
    rows = [f"| {name} | {posts:,.0f} |" for name, posts in limits(found, machines).items()]
    place = "Kafka" if found.case.has_kafka else "collector over TCP"
    return "\n".join(
        [f"| {machines.nodes} nodes of {machines.cores} cores, {place} | posts/s |", "| --- | ---: |", *rows]
    )
