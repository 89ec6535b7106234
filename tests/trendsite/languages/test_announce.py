"""A change is announced to the collector once Redis is back."""

import msgspec
import pytest

from contract import redis_names
from trendsite.languages import announce
from trendsite.languages.models import Language


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_once_redis_is_back(settings, stage, monkeypatch):
    Language.objects.bulk_create([Language(code="en"), Language(code="fr", tracked=False)], ignore_conflicts=True)
    Language.objects.exclude(code="en").update(tracked=False)
    reachable, settings.REDIS_URL = settings.REDIS_URL, "unix:///nowhere/redis.sock"
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            settings.REDIS_URL = reachable

    monkeypatch.setattr(announce.time, "sleep", pause)
    announce.announce_with_retries()
    assert msgspec.json.decode(stage.client.get(redis_names.TRACKED_LANGUAGES)) == {"languages": ["en"]}
    assert len(pauses) == 3
    assert pauses[0] < pauses[2]
