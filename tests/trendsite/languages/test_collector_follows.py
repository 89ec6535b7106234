"""From the page of an editor to X: the collector's process follows, and its stream runs on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract import redis_names
from contract.x_rule import default_terms
from tests.parallel import find_free_port
from tests.standins.x import TOKEN, XStandIn

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def x():
    with XStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def collector(x, stage, redis_url, tmp_path):
    settings = {
        "SOURCE": "x",
        "X_API_URL": x.url,
        "X_BEARER_TOKEN": TOKEN,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(tmp_path),
        "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
    }
    stage.client.set(redis_names.TRACKED_LANGUAGES, '{"languages":["en","ja"]}')
    process = subprocess.Popen([sys.executable, "-m", "collector"], cwd=ROOT, env={**os.environ, **settings})
    yield process
    process.terminate()
    process.wait(60)


def test_what_an_editor_saves_reaches_x_by_itself_over_the_same_stream(collector, x, editor):
    x.wait_until(lambda: x.connections == 1 and set(x.values()) == {"trendsite:en", "trendsite:ja"})
    fields = {"terms": "tea\r\ngood morning", "seen": "\r\n".join(default_terms("en"))}
    assert editor.post("/languages/en/", fields).status_code == 302
    tea = '(tea OR "good morning") has:hashtags lang:en'
    x.wait_until(lambda: x.values().get("trendsite:en") == tea and "trendsite:fr" in x.values())
    page = editor.get("/languages/").content.decode()
    shown = page.partition('name="shown" value="')[2].partition('"')[0]
    assert editor.post("/languages/", {"tracked": ["en"], "shown": shown}).status_code == 302
    x.wait_until(lambda: x.values() == {"trendsite:en": tea})
    assert x.connections == 1
    assert collector.poll() is None
