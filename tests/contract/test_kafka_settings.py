import pytest

from contract.environment import Environment, SettingError
from contract.kafka_log import KafkaTopic
from contract.kafka_settings import log_topic, source_topic

URL = "kafka://broker:9092/posts"


def topic_with(tmp_path, *lines: str) -> KafkaTopic | None:
    path = tmp_path / "client.properties"
    path.write_text("\n".join(lines))
    return log_topic(Environment({"LOG_URL": URL, "KAFKA_PROPERTIES": str(path)}))


def test_properties_reach_each_client_and_no_text(tmp_path):
    topic = topic_with(
        tmp_path,
        "# of the cluster",
        "",
        "security.protocol = SASL_PLAINTEXT",
        "sasl.mechanism=PLAIN",
        "  sasl.username trendsite",
        "sasl.password = a = b #c",
    )
    assert dict(topic.properties) == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "trendsite",
        "sasl.password": "a = b #c",
    }
    assert topic.settings(linger=1).items() >= {"sasl.password": "a = b #c", "bootstrap.servers": "broker:9092"}.items()
    assert "a = b" not in f"{topic}{topic!r}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sasl.password", "line 2, is no setting: write NAME=VALUE"),
        ("bootstrap.servers=other:9092", "line 2, has bootstrap.servers: set KAFKA_URL or LOG_URL instead"),
        ("isolation.level=read_uncommitted", "line 2, has isolation.level, which is not a setting of a connection"),
        ("transactional.id=mine", "line 2, has transactional.id, which is not"),
        ("enable.auto.commit=true", "line 2, has enable.auto.commit, which is not"),
        ("group.id=mine", "line 2, has group.id, which is not"),
        ("plugin.library.paths=/tmp/x", "line 2, has plugin.library.paths, which is not"),
        ("sasl.pasword=sesame", 'is not usable: No such configuration property: "sasl.pasword"'),
        ("sasl.mechanism=SCRAM-SHA-256", "is not usable: sasl.username and sasl.password must be set"),
        ("ssl.ca.location=/absent/ca.pem", "names '/absent/ca.pem' as ssl.ca.location, which cannot be read"),
        ("ssl.truststore.location=/", "Java TrustStores are not supported, use `ssl.ca.location`"),
        ("enable.ssl.certificate.verification=sesame", "is not usable: "),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_without_its_value(tmp_path, line, said):
    with pytest.raises(SettingError) as refused:
        topic_with(tmp_path, "security.protocol=SASL_SSL", line)
    message = str(refused.value)
    assert message.startswith("KAFKA_PROPERTIES=")
    assert said in message
    assert "\n" not in message
    assert "sesame" not in message


def test_a_password_that_would_not_be_used_is_refused(tmp_path):
    with pytest.raises(
        SettingError, match=r"has no security\.protocol, so its ssl and sasl settings would have no effect"
    ):
        topic_with(tmp_path, "sasl.username=trendsite", "sasl.password=sesame")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    env = {"LOG_URL": URL, "KAFKA_PROPERTIES": str(tmp_path / "absent")}
    with pytest.raises(SettingError, match="cannot be read \\(No such file"):
        log_topic(Environment(env))
    (tmp_path / "absent").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="it is not text"):
        log_topic(Environment(env))


def test_a_source_has_a_topic_of_its_own():
    assert source_topic(Environment({"KAFKA_URL": URL})) == KafkaTopic("broker:9092", "posts")
    with pytest.raises(SettingError, match="KAFKA_URL is not set: SOURCE=kafka reads a topic: give kafka://"):
        source_topic(Environment({}))
    with pytest.raises(SettingError, match="KAFKA_URL is not usable: give kafka://") as refused:
        source_topic(Environment({"KAFKA_URL": "kafka://user:sesame@broker:9092/posts"}))
    assert "sesame" not in str(refused.value)
    with pytest.raises(SettingError, match="KAFKA_URL names a topic of LOG_URL"):
        source_topic(Environment({"KAFKA_URL": "kafka://other:9092,broker:9092/posts", "LOG_URL": URL}))
    assert source_topic(Environment({"KAFKA_URL": "kafka://other:9092/posts", "LOG_URL": URL})).name == "posts"
