"""Kafka's brokers under torture: killed and frozen, behind proxies that reset, and watched from behind these."""

import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from contract.kafka_log import KafkaTopic
from tests.kafka.server import KafkaServer, Place
from tests.parallel import find_free_port
from tests.torture.faults import Proxy

_ANSWER_SECONDS = 5.0
_DELETE_SECONDS = 60.0


class Brokers:
    """Several brokers, or one. ``topic`` is what Trendsite is to use, ``inner`` the same topic past the proxies."""

    def __init__(self, folder: Path, count: int, name: str = "torture") -> None:
        """Prepare ``count`` brokers with their files in ``folder``."""
        ports = [find_free_port() for _ in range(count)]
        self.proxies = [Proxy(("127.0.0.1", port)) for port in ports]
        behind = zip(ports, self.proxies, strict=True)
        places = [Place(number, port, advertised=proxy.address) for number, (port, proxy) in enumerate(behind, 1)]
        self._servers = [self._server(folder, place, places) for place in places]
        self.topic = KafkaTopic(",".join(place.advertised for place in places), name)
        self.inner = KafkaTopic(",".join(f"127.0.0.1:{place.inner}" for place in places), name)
        self._admin = AdminClient(self.inner.settings())

    @staticmethod
    def _server(folder: Path, place: Place, places: Iterable[Place]) -> KafkaServer:
        own = folder / f"broker-{place.number}"
        own.mkdir(parents=True)
        return KafkaServer(own, place, [other for other in places if other != place])

    def start(self) -> None:
        """Start all brokers, and wait until each answers.

        Raises:
            ServerMissingError: one does not start.
        """
        with ThreadPoolExecutor(len(self._servers)) as pool:
            for started in [pool.submit(server.start) for server in self._servers]:
                started.result()

    def stop(self) -> None:
        """End all brokers at once, and the proxies."""
        for server in self._servers:
            server.kill()
        for proxy in self.proxies:
            proxy.close()

    def pick(self, choice: random.Random) -> KafkaServer | None:
        """Return one that runs; None if none does."""
        running = [server for server in self._servers if server.pid]
        return choice.choice(running) if running else None

    def has_open_transaction(self) -> bool:
        """Return whether a transaction with posts is not decided yet; False if Kafka is away."""
        try:
            partitions = sorted(
                self._admin.list_topics(self.inner.name, _ANSWER_SECONDS).topics[self.inner.name].partitions
            )
            ends = [
                self._ends(partitions, isolation)
                for isolation in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED)
            ]
        except KafkaException:
            return False
        return ends[0] != ends[1]

    def _ends(self, partitions: Sequence[int], isolation: IsolationLevel) -> list[int]:
        asked = {TopicPartition(self.inner.name, of): OffsetSpec.latest() for of in partitions}  # type: ignore[no-untyped-call]
        found = self._admin.list_offsets(asked, isolation_level=isolation, request_timeout=_ANSWER_SECONDS)
        return [answer.result().offset for answer in found.values()]

    def delete_before(self, places: dict[int, int]) -> str:
        """Delete the posts before a place of each partition, as retention does; return why not, else nothing."""
        asked = [TopicPartition(self.inner.name, partition, place) for partition, place in places.items()]
        try:
            for done in self._admin.delete_records(asked, request_timeout=_DELETE_SECONDS).values():
                done.result()
        except KafkaException as error:
            return str(error.args[0])
        return ""


def wait_for(happened, seconds: float, pause: float = 0.05) -> bool:
    """Return whether something happens within ``seconds``."""
    end = time.monotonic() + seconds
    while not (is_there := happened()) and time.monotonic() < end:
        time.sleep(pause)
    return bool(is_there)
