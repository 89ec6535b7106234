"""Settings: good ones are read, bad ones are refused by name, secrets stay out of sight."""

from datetime import timedelta

import pytest

from collector.config import Config
from contract.environment import Environment, SettingError


def read(**values: str) -> Config:
    return Config.from_env(Environment(values))


def test_everything_is_optional():
    config = read()
    assert (config.source, config.address) == ("simulator", ("127.0.0.1", 5555))
    assert config.day_grace == timedelta(hours=1)
    assert config.spool_max_bytes == 2 * 2**30


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"SOURCE": "bluesky"}, "SOURCE"),
        ({"SOURCE": "replay"}, "REPLAY_FILE"),
        ({"SOURCE": "replay", "REPLAY_FILE": "/nowhere/posts.ndjson"}, "REPLAY_FILE"),
        ({"SOURCE": "x"}, "X_BEARER_TOKEN"),
        ({"REPLAY_SPEED": "-1"}, "REPLAY_SPEED"),
        ({"REPLAY_SPEED": "nan"}, "REPLAY_SPEED"),
        ({"REPLAY_SHIFT": "yes"}, "REPLAY_SHIFT"),
        ({"DAY_GRACE": "1h"}, "DAY_GRACE"),
        ({"SPOOL_MAX_BYTES": "5"}, "SPOOL_MAX_BYTES"),
        ({"SIMULATOR_POSTS_PER_SECOND": "1e9"}, "SIMULATOR_POSTS_PER_SECOND"),
        ({"COLLECTOR_ADDRESS": "5555"}, "COLLECTOR_ADDRESS"),
        ({"X_API_URL": "api.x.com"}, "X_API_URL"),
        ({"X_MONTHLY_POST_BUDGET": "many"}, "X_MONTHLY_POST_BUDGET"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_in_one_line(values, named):
    with pytest.raises(SettingError, match=named) as refusal:
        read(**values)
    assert "\n" not in str(refusal.value)


def test_secrets_are_not_shown():
    config = read(SOURCE="x", X_BEARER_TOKEN="s3cret-token", REDIS_URL="redis://:s3cret@host")
    assert "s3cret" not in repr(config)
    with pytest.raises(SettingError) as refusal:
        read(SOURCE="x", X_BEARER_TOKEN="s3cret\ttoken")
    assert "s3cret" not in str(refusal.value)
