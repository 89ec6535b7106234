"""The health of the pipeline where no site runs: from the reports in Redis."""

from datetime import timedelta

import redis

from contract import redis_names
from contract.environment import Environment
from launch.health import Health, health_check
from launch.pipeline_health import FRESH, read_pipeline_health
from tests.trendsite.stage import NOW, Stage


def test_each_part_that_reports_runs(redis_client: redis.Redis) -> None:
    stage = Stage(redis_client)
    stage.report_collector()
    away = {"redis": True, "archive": False, "collector": True, "streaming": False}
    assert read_pipeline_health(redis_client, NOW) == Health(away, has_ranking=False)
    stage.report_all(NOW)
    assert all(read_pipeline_health(redis_client, NOW).parts.values())
    stage.report_streaming(counted_offset=1)
    assert read_pipeline_health(redis_client, NOW).has_ranking


def test_what_a_person_must_do_is_a_problem_of_a_part_that_runs(redis_client: redis.Redis) -> None:
    stage = Stage(redis_client)
    stage.report_collector(state="blocked", detail="the disk is full")
    stage.report_streaming(problem="counting waits for a person")
    stage.report_archive(last_error="storage is away")
    found = read_pipeline_health(redis_client, NOW)
    assert all(found.parts.values())
    assert found.problems == {
        "collector": "blocked: the disk is full",
        "streaming": "counting waits for a person",
        "archive": "storage is away",
    }


def test_of_several_networks_each_has_parts_of_its_own(redis_client: redis.Redis) -> None:
    for name in ("mastodon", "bluesky"):
        Stage(redis_client, name, running=["bluesky", "mastodon"]).report_collector(NOW)
    Stage(redis_client, "mastodon", running=["bluesky", "mastodon"]).report_streaming(problem="damaged")
    found = read_pipeline_health(redis_client, NOW)
    assert found.parts == {
        "redis": True,
        "archive": False,
        "bluesky collector": True,
        "mastodon collector": True,
        "bluesky streaming": False,
        "mastodon streaming": True,
        "collector": True,
        "streaming": True,
    }
    assert found.problems == {"mastodon streaming": "damaged"}


def test_without_redis_nothing_else_is_known(free_port: int) -> None:
    check = health_check(Environment({"PARTS": "pipeline", "REDIS_URL": f"redis://127.0.0.1:{free_port}/0"}))
    assert check() == Health({"redis": False}, has_ranking=False)


def test_reports_of_another_shape_are_none(redis_client: redis.Redis) -> None:
    Stage(redis_client).report_collector()
    redis_client.set(redis_names.collector_status("simulator"), "{")
    redis_client.set(redis_names.ARCHIVE_STATUS, "[]")
    parts = read_pipeline_health(redis_client, NOW).parts
    assert (parts["collector"], parts["archive"]) == (False, False)


def test_the_last_report_of_a_killed_part_is_none(redis_client: redis.Redis) -> None:
    Stage(redis_client).report_all(NOW)
    assert all(read_pipeline_health(redis_client, NOW + FRESH).parts.values())
    later = read_pipeline_health(redis_client, NOW + FRESH + timedelta(seconds=1))
    assert [name for name, runs in later.parts.items() if runs] == ["redis"]
