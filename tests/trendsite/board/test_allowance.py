"""How often a viewer may send."""

import pytest

from trendsite.board.allowance import A_SECOND, AT_ONCE, Allowance
from trendsite.board.refusal import RefusedError


def test_a_burst_is_allowed_and_then_some_a_second():
    allowance = Allowance(now=0.0)
    for _ in range(AT_ONCE):
        allowance.spend(0.0)
    with pytest.raises(RefusedError, match="at most"):
        allowance.spend(0.9 / A_SECOND)
    allowance.spend(1.8 / A_SECOND)


def test_a_long_pause_saves_no_more_than_one_burst():
    allowance = Allowance(now=0.0)
    for _ in range(AT_ONCE):
        allowance.spend(1e6)
    with pytest.raises(RefusedError):
        allowance.spend(1e6)
