import json

import pytest

from launch.health import NO_SITE, Health, ask, parse_health

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
def test_an_answer_that_is_no_health_counts_as_no_site(body):
    assert parse_health(body) == NO_SITE


def test_a_site_that_does_not_answer_is_away(free_port):
    assert ask(free_port, "127.0.0.1") == NO_SITE
