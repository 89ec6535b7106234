"""Which resource of a cluster is full first."""

from benchmarks.cluster.model import Machines, as_lines, limits
from benchmarks.cluster.scaling import Case, Found

COSTS = {"driver, Python": 8.0, "driver, JVM": 3.0, "executors, JVM": 2.0, "executors, Python": 2.0, "collector": 1.0}
FOUND = Found(Case(2), COSTS, intake=4.0, received=50.0, served=150.0)


def test_each_resource_carries_its_capacity_by_the_cost_of_a_post():
    assert limits(FOUND, Machines(nodes=10, cores=4, link=1.25e8)) == {
        "driver, the process that counts: 1 core": 125_000,
        "collector: 1 core": 200_000,
        "collector, its link": 1.25e8 / 150,
        "driver, Spark and Redis: 3 cores": 1_000_000,
        "driver, its link": 2_500_000,
        "executors: 40 cores": 10_000_000,
    }


def test_the_least_comes_first_and_partitions_limit_only_kafka():
    assert next(iter(limits(FOUND, Machines(nodes=1, cores=1, link=1.25e6)))) == "driver, Spark and Redis: 0 cores"
    kafka = Found(Case(2, has_kafka=True), COSTS, 4.0, 50.0, 150.0)
    assert limits(kafka, Machines())["Kafka, 4 partitions: 4 of these cores"] == 1_000_000
    assert "Kafka" not in as_lines(FOUND, Machines())
