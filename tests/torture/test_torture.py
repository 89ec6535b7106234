"""The short form of ``make torture``: one plan, on days that nobody wrote."""

from tests.torture.plan import make_plan
from tests.torture.run import MADE_UP, torture

SEED = 52


def test_every_post_is_counted_once_whatever_is_done_to_the_processes() -> None:
    plan = make_plan(SEED, steps=10, ambushes=1)
    outcome = torture(plan, MADE_UP, seconds=35, say=print)
    assert outcome.wrongs == []
    assert outcome.posts > 9_000
