"""Who may come in."""

import pytest

from trendsite.board.admission import Admission
from trendsite.board.refusal import RefusedError


def test_an_address_has_its_share_and_gets_a_place_back_when_one_leaves():
    admission = Admission(most=10, most_from_one=2)
    admission.enter("a")
    admission.enter("a")
    with pytest.raises(RefusedError, match="2 viewers of your address"):
        admission.enter("a")
    admission.enter("b")
    admission.leave("a")
    admission.enter("a")


def test_a_full_process_refuses_everybody():
    admission = Admission(most=1, most_from_one=1)
    admission.enter("a")
    with pytest.raises(RefusedError) as refusal:
        admission.enter("b")
    assert (refusal.value.kind, refusal.value.code) == ("full", 1013)
