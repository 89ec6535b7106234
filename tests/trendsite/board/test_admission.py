"""Who may come in, and what stands for an address."""

import pytest

from trendsite.board.admission import Admission, address_of
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


@pytest.mark.parametrize(
    ("peer", "headers", "behind_proxy", "address"),
    [
        ("192.0.2.1", [], False, "192.0.2.1"),
        ("192.0.2.1", [(b"x-forwarded-for", b"198.51.100.7")], False, "192.0.2.1"),
        ("192.0.2.1", [(b"x-forwarded-for", b"10.0.0.1, 198.51.100.7")], True, "198.51.100.7"),
        ("192.0.2.1", [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"2.2.2.2")], True, "2.2.2.2"),
        ("192.0.2.1", [], True, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", [], False, "2001:db8:1:2::/64"),
        ("192.0.2.1", [(b"x-forwarded-for", b"10.0.0.1, 198.51.100.7:567")], True, "198.51.100.7"),
        ("192.0.2.1", [(b"x-forwarded-for", b"[2001:db8:1:2::9]:567")], True, "2001:db8:1:2::/64"),
        ("192.0.2.1", [(b"x-forwarded-for", b"2001:db8:1:2::9")], True, "2001:db8:1:2::/64"),
        ("192.0.2.1", [(b"x-forwarded-for", b"\xff" * 500)], True, "ÿ" * 64),
    ],
)
def test_an_address_is_what_the_nearest_trusted_peer_says(peer, headers, behind_proxy, address):
    assert address_of(peer, headers, behind_proxy) == address
