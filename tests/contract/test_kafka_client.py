"""Connecting to a real Kafka with TLS and log-in: why it fails is known within seconds."""

from time import monotonic

import pytest
from confluent_kafka import KafkaException

from contract.kafka_client import connected, reason_of
from contract.kafka_log import KafkaTopic
from tests.kafka.server import STRANGER, SecureKafkaServer
from tests.parallel import find_free_port
from tests.tls_redis import make_certificates

PATIENCE_SECONDS = 240.0
SOON_SECONDS = 120.0


def refusal(topic: KafkaTopic, patience: float = PATIENCE_SECONDS) -> str:
    with pytest.raises(KafkaException) as refused:
        connected(topic, patience)
    return reason_of(refused.value)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
def test_a_client_connects_with_the_right_certificate_and_password(secure_kafka: SecureKafkaServer, mechanism):
    admin = connected(secure_kafka.topic(sasl_mechanism=mechanism), PATIENCE_SECONDS)
    assert admin.list_topics(timeout=PATIENCE_SECONDS).brokers


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sasl_password": "wrong"}, "Authentication failed during authentication due to invalid credentials"),
        ({"sasl_password": "wrong", "sasl_mechanism": "PLAIN"}, "Authentication failed: Invalid username or password"),
        ({"sasl_mechanism": "SCRAM-SHA-512"}, "Unsupported SASL mechanism"),
    ],
)
def test_a_refused_log_in_is_known_at_once(secure_kafka: SecureKafkaServer, changes, said):
    began = monotonic()
    reason = refusal(secure_kafka.topic(**changes))
    assert said in reason
    assert reason.endswith("correct KAFKA_PROPERTIES")
    assert "\n" not in reason
    assert monotonic() - began < SOON_SECONDS


def test_a_certificate_of_another_authority_is_refused_at_once(secure_kafka: SecureKafkaServer, tmp_path):
    make_certificates(tmp_path, "127.0.0.1")
    began = monotonic()
    assert "certificate verify failed" in refusal(secure_kafka.topic(ssl_ca_location=str(tmp_path / "ca.pem")))
    assert monotonic() - began < SOON_SECONDS


def test_without_tls_a_listener_that_needs_it_is_explained(secure_kafka: SecureKafkaServer):
    assert "set KAFKA_PROPERTIES" in refusal(KafkaTopic(secure_kafka.secure_address, "posts"), patience=2)


def test_brokers_that_are_away_are_named():
    port = find_free_port()
    assert f"127.0.0.1:{port}" in refusal(KafkaTopic(f"127.0.0.1:{port}", "posts"), patience=2)


def test_a_user_without_rights_is_told_where_they_are_listed(secure_kafka: SecureKafkaServer):
    from datetime import timedelta

    from collector.log.kafka_topics import prepare_topics

    stranger = secure_kafka.topic(sasl_username=STRANGER, sasl_mechanism="PLAIN")
    with pytest.raises(OSError, match=r"give this user the rights in docs/kafka\.md"):
        prepare_topics(stranger, timedelta(hours=1))
