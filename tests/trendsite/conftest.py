"""Fixtures for the site's tests: their own settings, a stage, and a running site."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import redis
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.serializers import deserialize, serialize
from django.db.models.signals import post_migrate
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from tests.trendsite.patient import be_patient
from tests.trendsite.site import Site, running_site
from tests.trendsite.stage import Stage
from trendsite.languages.models import Language
from trendsite.queries.hashtag_search import clear_today_cache
from trendsite.queries.hiding import Hiding, HidingRule, process_hiding
from trendsite.queries.races import clear_race_cache
from trendsite.queries.range_sums import clear_range_cache
from trendsite.trending import finder


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Put back the roles and languages of the migrations after each flush, which transactional tests end with."""
    with django_db_blocker.unblock():
        migrated = serialize("json", [*Group.objects.all(), *Language.objects.all()], use_natural_foreign_keys=True)

    def restore(**_: object) -> None:
        if Group.objects.exists():
            return  # nothing was flushed: a test migrates
        for row in deserialize("json", migrated):
            row.save()

    last_app = [app for app in apps.get_app_configs() if app.models_module][-1]
    post_migrate.connect(restore, sender=last_app)
    yield
    post_migrate.disconnect(restore, sender=last_app)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not take a busy machine for a Redis or a database that is away."""
    be_patient(monkeypatch.setattr)


@pytest.fixture(autouse=True)
def _own_settings(settings: Settings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Isolate a test from real data, collected static files, and other tests' races and rules."""
    clear_race_cache()
    clear_range_cache()
    clear_today_cache()
    process_hiding.replace(Hiding())
    finder.process_finder.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes half a second
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    settings.REDIS_URL = f"unix://{tmp_path}/no-redis.sock"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """End the language of a test's last request, which Django leaves active in the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def stage(settings: Settings, redis_url: str, redis_client: redis.Redis) -> Stage:
    """An empty stage on the Redis that the site now uses."""
    settings.REDIS_URL = redis_url
    return Stage(redis_client)


@pytest.fixture
def hide() -> Callable[..., None]:
    """``hide("cats")`` makes these the only hidden hashtags of this process, as if they were in the database."""

    def hide(*keys: str, language: str = "*", until: datetime | None = None) -> None:
        process_hiding.replace(Hiding([HidingRule(key, "*" in key, language, until) for key in keys]))

    return hide


@pytest.fixture(scope="session")
def site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site on the Redis that a stage fills. Tests share it, so they leave its database as it is."""
    with running_site(tmp_path_factory.mktemp("site"), redis_url) as site:
        yield site


@pytest.fixture(scope="module")
def own_site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site whose database is the module's own."""
    with running_site(tmp_path_factory.mktemp("site"), redis_url) as site:
        yield site
