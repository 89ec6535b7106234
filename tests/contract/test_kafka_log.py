import pytest

from contract.environment import Environment, SettingError
from contract.kafka_log import KafkaTopic, PlaceRange, parse_kafka_url, ranges_between
from contract.kafka_settings import log_topic


@pytest.mark.parametrize(
    ("url", "brokers", "name"),
    [
        ("kafka://localhost:9092/posts", "localhost:9092", "posts"),
        (
            "kafka://a.example:9092,b.example:9093/trendsite.posts-1",
            "a.example:9092,b.example:9093",
            "trendsite.posts-1",
        ),
        ("kafka://[::1]:9092/p", "[::1]:9092", "p"),
    ],
)
def test_a_log_url_names_brokers_and_a_topic(url, brokers, name):
    topic = KafkaTopic(brokers, name)
    assert parse_kafka_url(url) == topic == log_topic(Environment({"LOG_URL": url}))
    assert topic.commits == f"{name}.commits"


@pytest.mark.parametrize(
    "url",
    [
        "kafka://localhost:9092",
        "kafka://localhost:9092/",
        "kafka://localhost/posts",
        "kafka://user:secret@localhost:9092/posts",
        "kafka://localhost:9092,/posts",
        "kafka://localhost:9092/a/b",
        "kafka://localhost:9092/..",
        "redis://localhost:9092/posts",
        "/var/spool",
    ],
)
def test_an_unusable_log_url_is_refused_and_not_shown(url):
    with pytest.raises(SettingError, match=r"LOG_URL is not usable: give kafka://") as refused:
        log_topic(Environment({"LOG_URL": url}))
    assert "secret" not in str(refused.value)


def test_without_its_package_a_log_in_kafka_is_refused_with_the_command(monkeypatch):
    monkeypatch.setattr("contract.kafka_settings.find_spec", lambda _: None)
    with pytest.raises(SettingError, match=r"pip install -r requirements-kafka\.txt"):
        log_topic(Environment({"LOG_URL": "kafka://localhost:9092/posts"}))
    assert log_topic(Environment({})) is None


def test_ranges_begin_where_the_last_ones_ended_and_a_new_partition_at_its_start():
    assert ranges_between({0: 5, 1: 7}, {0: 9, 1: 7, 2: 3}) == [PlaceRange(0, 5, 9), PlaceRange(2, 0, 3)]
