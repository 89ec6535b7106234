"""Apache Kafka as processes: its jars by Maven, started, killed and started again by tests. One server, or several."""

import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from contract.kafka_log import KafkaTopic
from tests.maven import ServerMissingError, jars
from tests.parallel import find_free_port
from tests.tls_redis import make_certificates

POM = Path(__file__).parent / "pom.xml"
_START_SECONDS = 300
_ANSWER_SECONDS = 5
_JAVA = ("java", "-Xmx320m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAA"
_SETTINGS = """
process.roles=broker,controller
node.id={place.number}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{place.port},INNER://127.0.0.1:{place.inner},CONTROLLER://127.0.0.1:{place.controller}{further}
advertised.listeners=PLAINTEXT://{advertised},INNER://127.0.0.1:{place.inner}{further}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INNER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs={folder}/data
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=1
transaction.state.log.replication.factor={replicas}
transaction.state.log.num.partitions=1
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=500
log.initial.task.delay.ms=500
log.segment.delete.delay.ms=0
"""

USER, PASSWORD, STRANGER = "trendsite", "Sesame-open/4?711", "stranger"
_SECURE_SETTINGS = f"""
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{USER}
ssl.keystore.type=PEM
ssl.keystore.location={{folder}}/keystore.pem
sasl.enabled.mechanisms=SCRAM-SHA-256,PLAIN
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
    user_{USER}="{PASSWORD}" user_{STRANGER}="{PASSWORD}";
"""


@dataclass(frozen=True)
class Place:
    """The number and the ports of one server: ``port`` is for clients, ``inner`` for the others and for a test itself.

    If ``advertised`` is set, clients are told to connect there instead of to ``port``: the host and port of a proxy.
    """

    number: int = 1
    port: int = field(default_factory=find_free_port)
    inner: int = field(default_factory=find_free_port)
    controller: int = field(default_factory=find_free_port)
    advertised: str = ""


def kafka_jars() -> Path:
    """Return the folder with Kafka's jars.

    Raises:
        ServerMissingError: there is no Maven or Java, or Maven does not find the jars.
    """
    return jars(POM, "Kafka")


class KafkaServer:
    """A server in a folder, alone or one of several. ``address`` stays the same when it starts again."""

    def __init__(self, folder: Path, place: Place | None = None, others: Sequence[Place] = ()) -> None:
        """Prepare the server of ``place``. With ``others`` it replicates each message to two of them."""
        place = place or Place()
        places = [place, *others]
        self._classes = f"{kafka_jars()}/*"
        self._folder = folder
        self.address = f"127.0.0.1:{place.port}"
        self._settings = folder / "server.properties"
        self._settings.write_text(
            _SETTINGS.format(
                place=place,
                voters=",".join(f"{of.number}@127.0.0.1:{of.controller}" for of in places),
                advertised=place.advertised or self.address,
                folder=folder,
                further=self._further_listener(),
                replicas=min(len(places), 3),
                in_sync=min(len(places), 2),
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The id of its process, None while it does not run."""
        return self._process.pid if self._process else None

    def _further_listener(self) -> str:
        return ""

    def _format(self, *more: str) -> None:
        self._run("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._settings), *more)

    def start(self) -> None:
        """Start, and wait until it answers. Several must be started at once. A kill meanwhile ends the wait."""
        if not (self._folder / "data").exists():
            self._format()
        with (self._folder / "server.log").open("ab") as log:
            command = [*_JAVA, "-cp", self._classes, "kafka.Kafka", str(self._settings)]
            process = self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while self._process is process and not self._answers():
            has_ended = process.poll() is not None and self._process is process
            if has_ended or time.monotonic() > deadline:
                self.kill()
                raise ServerMissingError(f"Kafka does not start: see {self._folder / 'server.log'}")

    def _answers(self) -> bool:
        try:
            settings = {"bootstrap.servers": self.address, "log_level": 0, "reconnect.backoff.max.ms": 500}
            AdminClient(settings).list_topics(timeout=_ANSWER_SECONDS)
        except KafkaException:
            return False
        return True

    def kill(self) -> None:
        """End it as a power cut does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def freeze(self, frozen: bool) -> None:
        """Stop it without an end, or let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [*_JAVA, "-cp", self._classes, *arguments], capture_output=True, timeout=_START_SECONDS, check=True
        )


class SecureKafkaServer(KafkaServer):
    """A server that also listens at ``secure_address``: with TLS, and a log-in by SCRAM or PLAIN.

    STRANGER may log in with the same password, by PLAIN, and has no rights.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_certificates(folder, "127.0.0.1")
        self.ca = folder / "ca.pem"
        (folder / "keystore.pem").write_bytes(
            (folder / "server.key").read_bytes() + (folder / "server.pem").read_bytes()
        )
        super().__init__(folder)

    def properties(self, **changes: str) -> dict[str, str]:
        """Return the settings with which a client may connect, as KAFKA_PROPERTIES has them."""
        right = {
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.ca),
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": USER,
            "sasl.password": PASSWORD,
        }
        return right | {name.replace("_", "."): value for name, value in changes.items()}

    def topic(self, **changes: str) -> KafkaTopic:
        """Return a topic of its own, for a client with these settings."""
        return KafkaTopic(self.secure_address, f"posts-{uuid4().hex}", tuple(self.properties(**changes).items()))

    def _further_listener(self) -> str:
        self.secure_address = f"127.0.0.1:{find_free_port()}"
        return f",SASL_SSL://{self.secure_address}"

    def _format(self, *more: str) -> None:
        with self._settings.open("a") as settings:
            settings.write(_SECURE_SETTINGS.format(folder=self._folder))
        super()._format("--add-scram", f"SCRAM-SHA-256=[name={USER},password={PASSWORD}]", *more)
