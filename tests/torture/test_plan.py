"""Plans: the same seed, the same plan, and everything in it."""

from itertools import pairwise

from tests.torture.plan import EARLIEST, LATEST, VICTIMS, make_plan


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


def test_every_step_says_what_it_does() -> None:
    for step in make_plan(5, 30, 0).steps:
        assert "{" not in str(step)
        assert len(str(step)) > 5
