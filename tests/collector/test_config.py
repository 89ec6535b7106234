"""Settings: good ones are read, bad ones are refused by name, secrets stay out of sight."""

from datetime import timedelta

import pytest

from collector.config import Config
from contract.environment import Environment, SettingError


def read(**values: str) -> Config:
    return Config.from_env(Environment(values))


def test_all_settings_are_optional():
    config = read()
    assert (config.source, config.address) == ("simulator", ("127.0.0.1", 5555))
    assert config.day_grace == timedelta(hours=1)
    assert config.spool_max_bytes == 2 * 2**30


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"SOURCE": "myspace"}, "SOURCE"),
        ({"SOURCE": "replay"}, "REPLAY_FILE"),
        ({"SOURCE": "replay", "REPLAY_FILE": "/nowhere/posts.ndjson"}, "REPLAY_FILE"),
        ({"SOURCE": "x"}, "X_BEARER_TOKEN"),
        ({"SOURCE": "mastodon"}, "MASTODON_URL"),
        ({"SOURCE": "mastodon", "MASTODON_URL": "mastodon.example/path"}, "MASTODON_URL"),
        ({"SOURCE": "kafka"}, "KAFKA_URL"),
        ({"SOURCE": "kafka", "KAFKA_URL": "broker:9092/posts"}, "KAFKA_URL"),
        ({"MASTODON_BOTS": "yes"}, "MASTODON_BOTS"),
        ({"REPLAY_SPEED": "-1"}, "REPLAY_SPEED"),
        ({"REPLAY_SPEED": "nan"}, "REPLAY_SPEED"),
        ({"REPLAY_SHIFT": "yes"}, "REPLAY_SHIFT"),
        ({"DAY_GRACE": "1h"}, "DAY_GRACE"),
        ({"SPOOL_MAX_BYTES": "5"}, "SPOOL_MAX_BYTES"),
        ({"SIMULATOR_POSTS_PER_SECOND": "1e9"}, "SIMULATOR_POSTS_PER_SECOND"),
        ({"COLLECTOR_ADDRESS": "5555"}, "COLLECTOR_ADDRESS"),
        ({"X_API_URL": "api.x.com"}, "X_API_URL"),
        ({"X_API_URL": "https://"}, "X_API_URL"),
        ({"X_API_URL": "https://[::1"}, "X_API_URL"),
        ({"X_API_URL": "https://api.x.com:port"}, "X_API_URL"),
        ({"X_API_URL": "https://api.x.com/\u00fc"}, "X_API_URL"),
        ({"X_API_URL": "ftp://user:s3cret@api.x.com"}, "X_API_URL"),
        ({"X_API_URL": "https://user:s3cret@api.x.com"}, "X_API_URL"),
        ({"JETSTREAM_URL": ","}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://..."}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://[::::]"}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://user:s3cret@a.example"}, "JETSTREAM_URL"),
        ({"X_MONTHLY_POST_BUDGET": "many"}, "X_MONTHLY_POST_BUDGET"),
        ({"JETSTREAM_VERSION": "3"}, "JETSTREAM_VERSION"),
        ({"JETSTREAM_URL": "jetstream.example"}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "https://jetstream.example"}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://a.example, wss://"}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://a.example/subscribe"}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://a.example:0"}, "JETSTREAM_URL"),
        ({"JETSTREAM_URL": "wss://a.example:70000"}, "JETSTREAM_URL"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_in_one_line(values, named):
    with pytest.raises(SettingError, match=named) as refusal:
        read(**values)
    assert "\n" not in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_secrets_are_not_shown():
    config = read(SOURCE="x", X_BEARER_TOKEN="s3cret-token", REDIS_URL="redis://:s3cret@host")
    assert "s3cret" not in repr(config)
    config = read(SOURCE="mastodon", MASTODON_URL="mastodon.example", MASTODON_TOKEN="s3cret-token")
    assert config.mastodon_servers[0].token == "s3cret-token"
    assert "s3cret" not in repr(config)
    with pytest.raises(SettingError) as refusal:
        read(SOURCE="x", X_BEARER_TOKEN="s3cret\ttoken")
    assert "s3cret" not in str(refusal.value)


def test_jetstream_has_the_public_servers_or_those_that_are_given():
    assert len(read().jetstream_urls) == 4
    assert read().jetstream_version is None
    given = read(JETSTREAM_URL=" wss://One.example/, ws://127.0.0.1:6008,ws://[::1]:6008", JETSTREAM_VERSION="1")
    assert given.jetstream_urls == ("wss://one.example", "ws://127.0.0.1:6008", "ws://[::1]:6008")
    assert given.jetstream_version == 1


def test_a_password_in_an_address_is_not_shown():
    with pytest.raises(SettingError, match="JETSTREAM_URL") as refusal:
        read(JETSTREAM_URL="wss://user:s3cret@a.example")
    assert "s3cret" not in str(refusal.value)


def test_each_collector_of_several_networks_has_its_own_name_and_address():
    env = Environment({"SOURCE": "bluesky,mastodon", "MASTODON_URL": "mastodon.example"})
    read_for = [Config.from_env(env, network) for network in ("bluesky", "mastodon")]
    assert [(config.source, config.address) for config in read_for] == [
        ("bluesky", ("127.0.0.1", 5555)),
        ("mastodon", ("127.0.0.1", 5556)),
    ]
    assert {config.running_beside(config.source) for config in read_for} == {("bluesky", "mastodon")}


def test_a_source_that_runs_alone_is_announced_by_the_name_of_its_stream():
    assert read(SOURCE="simulator").running_beside("simulator") == ("simulator",)


@pytest.mark.parametrize(("network", "words"), [("", "SOURCE has several networks"), ("x", "does not name x")])
def test_a_collector_must_know_which_network_of_several_it_collects(network, words):
    with pytest.raises(SettingError, match=words):
        Config.from_env(Environment({"SOURCE": "bluesky,mastodon"}), network)
