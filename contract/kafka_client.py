"""Connects to Kafka, and says in one line why that fails.

Import this only if Kafka is used: otherwise the client library is not installed.
"""

import re
from time import monotonic
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from contract.kafka_log import KafkaTopic

_WITHOUT_A_RIGHT = frozenset(
    (
        *(KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED),
        *(KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED),
    )
)
_NOT_CONNECTED = frozenset((KafkaError._AUTHENTICATION, KafkaError._SSL))
REFUSALS = _WITHOUT_A_RIGHT | _NOT_CONNECTED
"""Errors that last until a person changes a setting or a right."""

_LOOK_SECONDS = 0.1
_DURATION = re.compile(r" \(after \d+ms .*|\s*$")
_OWN_WORDS = re.compile(r"^Failed to create admin client: ")
_VALUE = re.compile(r'(Invalid value) ".*" (for)')


class Faults:
    """Why a client cannot connect. Pass ``note`` to the client as ``error_cb``; its poll calls it."""

    def __init__(self) -> None:
        """Start without any."""
        self.refusal = self.other = ""

    def note(self, error: KafkaError) -> None:
        """Remember a failed attempt to connect. The client goes on trying."""
        text = _DURATION.sub("", " ".join(error.str().split()))
        if error.code() in _NOT_CONNECTED:
            self.refusal = f"{text}: correct KAFKA_PROPERTIES"
        elif error.code() != KafkaError._ALL_BROKERS_DOWN:
            self.other = text

    def explained(self, error: KafkaException) -> str:
        """Return why a client failed with ``error``, in one line: what the brokers said, if that is known."""
        return self.refusal or self.other or reason_of(error)


def connected(topic: KafkaTopic, seconds: float) -> AdminClient:
    """Return a client that a broker has answered.

    Raises:
        KafkaException: none did within ``seconds``, or one refused, which is known at once. The reason is one line.
    """
    faults = Faults()
    admin = AdminClient(topic.settings(error_cb=faults.note))
    try:
        _wait_for_answer(admin, faults, seconds)
    except KafkaException as error:
        admin.poll(0)
        reason = faults.explained(error)
        if error.args[0].code() == KafkaError._TIMED_OUT and not (topic.properties or faults.other):
            reason = f"no answer in {seconds:.0f} s: if it needs TLS or a log-in, set KAFKA_PROPERTIES"
        raise KafkaException(KafkaError(error.args[0].code(), reason)) from None
    return admin


def _wait_for_answer(admin: AdminClient, faults: Faults, seconds: float) -> None:
    answer = admin.describe_cluster(request_timeout=seconds)
    deadline = monotonic() + seconds + 2 * _LOOK_SECONDS
    while not faults.refusal:
        try:
            answer.result(_LOOK_SECONDS)
        except TimeoutError:
            admin.poll(0)
            if monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"no answer in {seconds:.0f} s")) from None
        else:
            return
    raise KafkaException(KafkaError(KafkaError._AUTHENTICATION, faults.refusal))


def fault_in_settings(topic: KafkaTopic) -> str:
    """Return why the client library refuses the settings of a topic's clients; empty if it does not."""
    try:
        AdminClient(topic.settings())
    except KafkaException as error:
        return _VALUE.sub(r"\1 \2", _OWN_WORDS.sub("", reason_of(error)))
    return ""


def reason_of(error: KafkaException) -> str:
    """Return what the client library says about an error, in one line."""
    reason: Any = error.args[0] if error.args else error
    if not isinstance(reason, KafkaError):
        return " ".join(str(reason).split())
    if reason.code() == KafkaError._TIMED_OUT and reason.str().startswith("Failed while waiting"):
        return "the brokers do not answer"
    needs_right = reason.code() in _WITHOUT_A_RIGHT
    return " ".join(reason.str().split()) + (": give this user the rights in docs/kafka.md" if needs_right else "")
