"""Looks at the topic again and again, in a thread of its own: its partitions, and whether brokers answer."""

import logging
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import random
from typing import Literal

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from collector.sources import SourceState
from collector.sources.kafka.places import Bounds, TopicLook
from contract.backoff import Backoff
from contract.kafka_client import REFUSALS, connected, reason_of
from contract.kafka_log import KafkaTopic

_ADDRESS = re.compile(r"^[a-z_]+://\S+: ")
_HOST = re.compile(r"(?:ipv[46]#|')\S+:\d+'?")
_NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """How long to wait, in seconds: for an answer, until the next look, and between two of them at least."""

    answer: float = 10.0
    look: float = 10.0
    least: float = 0.5
    backoff: Backoff = field(default_factory=lambda: Backoff(first=1.0, longest=30.0))


class TopicWatch:
    """The latest look at a topic. ``number`` counts looks; ``failure`` is why the last one failed, if it did.

    ``crash`` is a fault of ours that has ended the thread.
    """

    def __init__(self, topic: KafkaTopic, day_grace: timedelta, timing: Timing) -> None:
        """A first start begins with the messages of the first day that is open."""
        self._topic = topic
        self._day_grace = day_grace
        self._timing = timing
        self._admin: AdminClient | None = None
        self._asked = threading.Event()
        self._logged = ""
        self.look: TopicLook | None = None
        self.number = 0
        self.failure: SourceState | None = None
        self.crash: Exception | None = None

    def ask(self) -> None:
        """Ask for a look soon."""
        self._asked.set()

    def run(self, stop: threading.Event) -> None:
        """Look until ``stop`` is set."""
        try:
            self._run(stop)
        except Exception as error:  # noqa: BLE001 - the reading thread raises it again
            self.crash = error

    def _run(self, stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            self._asked.clear()
            try:
                self.look = self._look()
            except KafkaException as error:
                failures += 1
                self._admin = None
                wait = self._timing.backoff.delay(failures, random())  # noqa: S311 - jitter
                self._on_failure(error, wait)
                stop.wait(wait)
            else:
                failures = 0
                self.number += 1
                self._on_success(len(self.look.partitions))
                stop.wait(self._timing.least)
                self._asked.wait(self._timing.look)

    def _on_failure(self, error: KafkaException, wait: float) -> None:
        code, reason = error.args[0].code(), reason_of(error)
        state = state_of(error.args[0])
        if code in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            state, reason = "blocked", f"there is no topic {self._topic.name}: create it, or correct KAFKA_URL"
        # The status page is public: the addresses of the brokers are in the log only.
        public = _HOST.sub("a broker", _ADDRESS.sub("", reason))
        self.failure = SourceState(state, f"{public}; next try in {wait:.0f} s")
        if reason != self._logged:
            log.warning("Kafka at %s: %s", self._topic.brokers, reason)
        self._logged = reason

    def _on_success(self, partitions: int) -> None:
        if self.failure is not None or self.number == 1:
            log.info("reading %s at %s, %d partitions", self._topic.name, self._topic.brokers, partitions)
        self.failure, self._logged = None, ""

    def _look(self) -> TopicLook:
        """Return the topic as it is now.

        Raises:
            KafkaException: the brokers do not answer or refuse, or there is no such topic.
        """
        name, seconds = self._topic.name, self._timing.answer
        if self._admin is None:
            self._admin = connected(self._topic, seconds)
        described = self._admin.describe_topics(TopicCollection([name]), request_timeout=seconds)[name].result()
        numbers = sorted(partition.id for partition in described.partitions)
        begin = int(_day_begin(datetime.now(UTC) - self._day_grace).timestamp() * 1_000)
        lows = self._places(numbers, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
        highs = self._places(numbers, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        begins = highs
        if self.look is None:
            begins = self._places(numbers, OffsetSpec.for_timestamp(begin))
        bounds = {
            number: Bounds(low, high, high if begin < 0 else begin)
            for number, low, high, begin in zip(numbers, lows, highs, begins, strict=True)
        }
        identity = str(described.topic_id)
        return TopicLook("" if identity == _NO_ID else identity, bounds)

    def _places(self, numbers: list[int], of: OffsetSpec) -> list[int]:
        if self._admin is None or not numbers:
            return []
        asked = {TopicPartition(self._topic.name, number): of for number in numbers}
        found = self._admin.list_offsets(
            asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=self._timing.answer
        )
        return [int(found[partition].result().offset) for partition in asked]


def state_of(error: KafkaError) -> Literal["blocked", "connecting"]:
    """Return ``blocked`` for an error that lasts until a person acts."""
    return "blocked" if error.code() in REFUSALS else "connecting"


def _day_begin(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
