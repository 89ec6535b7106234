import json

import pytest

from launch.health import NO_SITE, Health, fetch, parse_health

WELL = {"ok": True}


def test_every_part_that_the_site_reports_is_read():
    body = json.dumps(
        {
            "ok": False,
            "redis": WELL,
            "database": WELL,
            "collector": {"ok": False, "error": "does not report"},
            "streaming": {"ok": True, "report": {"counted_offset": 120}},
        }
    )
    parts = {"site": True, "redis": True, "database": True, "collector": False, "streaming": True}
    assert parse_health(body.encode()) == Health(parts, has_ranking=True)


def test_nothing_counted_yet_is_no_ranking():
    body = json.dumps({"redis": WELL, "streaming": {"ok": True, "report": {"counted_offset": 0}}})
    assert parse_health(body.encode()) == Health({"site": True, "redis": True, "streaming": True}, has_ranking=False)


@pytest.mark.parametrize("body", [b"", b"<h1>Bad Request</h1>", b"[]", b'{"redis": 1}', b"\xff"])
def test_a_response_without_health_counts_as_no_site(body):
    assert parse_health(body) == NO_SITE


def test_a_site_that_does_not_respond_is_missing(free_port):
    assert fetch(("127.0.0.1", free_port), "127.0.0.1") == NO_SITE


def test_a_running_part_with_a_problem_is_not_missing():
    body = {
        "ok": False,
        "problems": [
            {"part": "archive", "kind": "failed", "what": "archiving failed"},
            {"part": "collector", "kind": "away", "what": "does not report"},
        ],
        "collector": {"ok": False, "error": "does not report"},
        "archive": {"ok": False, "error": "archiving failed"},
    }
    parts = {"site": True, "collector": False, "archive": True}
    assert parse_health(json.dumps(body).encode()) == Health(parts, False, {"archive": "archiving failed"})


def network(collector: dict[str, object], streaming: dict[str, object]) -> dict[str, object]:
    return {"ok": False, "collector": collector, "streaming": streaming}


def test_each_of_several_networks_has_parts_of_its_own():
    counted = {"ok": True, "report": {"counted_offset": 120}}
    body = {
        "problems": [
            {"part": "collector", "network": "x", "kind": "blocked", "what": "X: blocked: the budget is spent"},
            {"part": "collector", "network": "mastodon", "kind": "away", "what": "Mastodon: does not report"},
        ],
        "redis": WELL,
        "collector": {"ok": False},
        "streaming": {"ok": True, "report": None},
        "networks": {
            "bluesky": network(WELL, counted),
            "mastodon": network({"ok": False}, WELL),
            "x": network({"ok": False}, WELL),
        },
    }
    health = parse_health(json.dumps(body).encode())
    assert health.parts == {
        "site": True,
        "redis": True,
        "collector": True,
        "streaming": True,
        "bluesky collector": True,
        "bluesky streaming": True,
        "mastodon collector": False,
        "mastodon streaming": True,
        "x collector": True,
        "x streaming": True,
    }
    assert (health.has_ranking, health.problems) == (True, {"x collector": "X: blocked: the budget is spent"})
