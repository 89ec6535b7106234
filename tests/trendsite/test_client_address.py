"""What stands for an address."""

import pytest

from trendsite.client_address import address_of


@pytest.mark.parametrize(
    ("peer", "headers", "behind_proxy", "address"),
    [
        ("192.0.2.1", [], False, "192.0.2.1"),
        ("192.0.2.1", [(b"x-forwarded-for", b"198.51.100.7")], False, "192.0.2.1"),
        ("192.0.2.1", [(b"x-forwarded-for", b"10.0.0.1, 198.51.100.7")], True, "198.51.100.7"),
        ("192.0.2.1", [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"2.2.2.2")], True, "2.2.2.2"),
        ("192.0.2.1", [], True, "192.0.2.1"),
        ("::ffff:192.0.2.1", [], False, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", [], False, "2001:db8:1:2::/64"),
        ("192.0.2.1", [(b"x-forwarded-for", b"10.0.0.1, 198.51.100.7:567")], True, "198.51.100.7"),
        ("192.0.2.1", [(b"x-forwarded-for", b"[2001:db8:1:2::9]:567")], True, "2001:db8:1:2::/64"),
        ("192.0.2.1", [(b"x-forwarded-for", b"2001:db8:1:2::9")], True, "2001:db8:1:2::/64"),
        ("192.0.2.1", [(b"x-forwarded-for", b"\xff" * 500)], True, "ÿ" * 64),
    ],
)
def test_the_address_comes_from_the_nearest_trusted_peer(peer, headers, behind_proxy, address):
    assert address_of(peer, headers, behind_proxy) == address
