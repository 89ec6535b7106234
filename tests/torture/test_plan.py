"""Plans: the same seed, the same plan, and everything in it."""

from itertools import pairwise

from tests.torture.plan import ALONE, EARLIEST, LATEST, VICTIMS, Setup, make_plan

EVERYTHING = Setup(broker_count=3, has_cluster=True)
PLAN_OF_52 = [
    "0.060 kill -9 jvm",
    "0.080 reset a connection after 945 more bytes of the collector's answers",
    "0.110 kill -9 redis and remove its append-only file",
    "0.198 reset every connection to the collector, 8 times within 1.9 s",
    "0.387 SIGSTOP collector for 6.3 s",
]


def test_a_seed_always_gives_the_same_plan() -> None:
    assert make_plan(42, 20, 3) == make_plan(42, 20, 3)
    assert make_plan(42, 20, 3) != make_plan(43, 20, 3)


def test_steps_come_in_the_order_of_their_time() -> None:
    moments = [step.at for step in make_plan(7, 40, 0).steps]
    assert all(before <= after for before, after in pairwise(moments))
    assert EARLIEST <= moments[0] <= moments[-1] <= LATEST


def test_a_short_plan_has_every_kind_of_step() -> None:
    kinds = {step.what for step in make_plan(1, 9, 0).steps}
    assert kinds == {"kill", "freeze", "flush", "forget", "reset", "cut", "tear", "fill", "leap"}


def test_a_long_plan_kills_and_freezes_everybody() -> None:
    steps = make_plan(1, 30, 0).steps
    assert {step.target for step in steps if step.what == "kill"} == set(VICTIMS)
    assert {step.target for step in steps if step.what == "freeze"} == set(VICTIMS)


def test_the_plan_of_a_seed_is_that_of_earlier_versions() -> None:
    described = [f"{step.at:.3f} {step}" for step in make_plan(52, 5, 1).steps]
    assert described == PLAN_OF_52
    assert make_plan(52, 5, 1) == make_plan(52, 5, 1, ALONE)


def test_a_log_in_kafka_and_a_cluster_add_their_own_faults_and_victims() -> None:
    kinds = {step.what for step in make_plan(1, 10, 0, EVERYTHING).steps}
    assert kinds == {"kill", "freeze", "flush", "forget", "reset", "cut", "leap", "replace", "interrupt", "expire"}
    steps = make_plan(1, 60, 0, EVERYTHING).steps
    victims = {*VICTIMS, "broker", "executor", "machine"}
    assert {step.target for step in steps if step.what == "kill"} == victims
    assert {step.target for step in steps if step.what == "freeze"} == victims
    assert {ambush.target for ambush in make_plan(1, 1, 60, EVERYTHING).ambushes} >= {"broker", "executor", "machine"}


def test_of_a_cluster_alone_no_broker_is_killed() -> None:
    steps = make_plan(1, 60, 0, Setup(has_cluster=True)).steps
    assert {step.what for step in steps} >= {"tear", "fill"}
    assert {step.target for step in steps} == {"", *VICTIMS, "executor", "machine"}


def test_what_nothing_else_starts_again_comes_back_after_a_time() -> None:
    for step in make_plan(1, 60, 0, EVERYTHING).steps:
        if step.what == "kill":
            assert (step.seconds > 0) == (step.target in ("broker", "machine"))
            assert ("back after" in str(step)) == (step.seconds > 0)


def test_every_step_says_what_it_does() -> None:
    for step in (*make_plan(5, 30, 0).steps, *make_plan(5, 30, 0, EVERYTHING).steps):
        assert "{" not in str(step)
        assert len(str(step)) > 5
