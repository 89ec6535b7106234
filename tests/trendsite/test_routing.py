"""Which requests reach Django, and with which host."""

from typing import Any

import pytest

from trendsite.routing import Router, Scope


async def host_seen(path: str, allowed: list[str], prefix: str = "") -> bytes:
    """The Host header that Django gets for a request to the address of the machine."""
    seen: list[Scope] = []

    async def pages(scope: Scope, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    router = Router(pages, pages, prefix, allowed, [])
    await router({"type": "http", "path": path, "headers": [(b"host", b"10.1.2.3"), (b"x", b"y")]}, None, None)
    assert (b"x", b"y") in seen[0]["headers"]
    return dict(seen[0]["headers"])[b"host"]


@pytest.mark.parametrize(
    ("allowed", "host"),
    [(["localhost", "board.example"], b"localhost"), ([".board.example"], b"board.example"), (["*"], b"localhost")],
)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_a_health_check_by_the_address_of_the_machine_has_an_allowed_host(
    path: str, allowed: list[str], host: bytes
):
    assert await host_seen(path, allowed) == host
    assert await host_seen(path, allowed, prefix="/trends") == host
    assert await host_seen(f"/trends{path}", allowed, prefix="/trends") == host


async def test_every_other_address_keeps_its_host_so_that_strangers_are_refused():
    assert await host_seen("/", ["localhost"]) == b"10.1.2.3"
    assert await host_seen("/api/v1/status", ["localhost"]) == b"10.1.2.3"
