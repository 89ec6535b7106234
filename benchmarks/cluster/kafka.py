"""A real Kafka on an address that the namespaces reach: the server of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.harness import BenchmarkError


@contextmanager
def kafka_at(folder: Path, host: str) -> Iterator[str]:
    """Run a server in ``folder`` that listens at ``host``; yield its host and port.

    Raises:
        BenchmarkError: Kafka cannot run here.
    """
    tests: Any = import_module("tests.kafka.server")
    folder.mkdir(parents=True)
    try:
        server = tests.KafkaServer(folder)
        properties = folder / "server.properties"
        address = f"{host}:{server.address.rpartition(':')[2]}"
        properties.write_text(properties.read_text().replace(server.address, address))
        server.address = address
        server.start()
    except tests.ServerMissingError as error:
        raise BenchmarkError(str(error)) from None
    try:
        yield address
    finally:
        server.kill()
