"""What the tests of the site share: settings of their own, a stage, and a site."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import redis
from pytest_django import Settings

from tests.trendsite.site import Site
from tests.trendsite.stage import Stage
from trendsite.history.archived_race import forget_races
from trendsite.live.hidden_now import of_this_process
from trendsite.live.hiding import Hiding, Rule
from trendsite.rising import finder


@pytest.fixture(autouse=True)
def _own_settings(settings: Settings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the site's tests away from the real data, from static files, and from races and rules of other tests."""
    forget_races()
    of_this_process.replace(Hiding())
    finder.of_this_process.forget()
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    settings.REDIS_URL = f"unix://{tmp_path}/no-redis.sock"


@pytest.fixture
def stage(settings: Settings, redis_url: str, redis_client: redis.Redis) -> Stage:
    """An empty stage on the Redis that the site now uses."""
    settings.REDIS_URL = redis_url
    return Stage(redis_client)


@pytest.fixture
def hide() -> Callable[..., None]:
    """``hide("cats")`` hides hashtags, and nothing else, from this process, as if the database said so."""

    def hide(*keys: str, language: str = "*", until: datetime | None = None) -> None:
        of_this_process.replace(Hiding([Rule(key, "*" in key, language, until) for key in keys]))

    return hide


@pytest.fixture(scope="module")
def site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site on the Redis that a stage fills."""
    site = Site(tmp_path_factory.mktemp("site"), redis_url)
    site.start()
    yield site
    site.stop()
