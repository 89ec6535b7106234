"""Every kind of storage that ARCHIVE_URL may name, on stand-ins of the vendors' servers.

The same tests run on other servers: TEST_HDFS=host:port is a real HDFS, TEST_AZURE the connection string of Azurite,
and STORAGE_EMULATOR_HOST an emulator of Google's. They need the container or bucket of the stand-ins.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import Storage
from django.utils.module_loading import import_string

from contract.environment import Environment
from tests.trendsite.archive.conftest import BUCKET
from tests.trendsite.archive.storages.azure_stand_in import CONTAINER, AzureStandIn
from tests.trendsite.archive.storages.google_stand_in import GOOGLE_BUCKET, GoogleStandIn
from tests.trendsite.archive.storages.hdfs_stand_in import HdfsStandIn
from tests.trendsite.archive.storages.stand_in import serving
from trendsite.archive.pipeline.storage_settings import archive_storage_settings


@dataclass
class Opened:
    """A storage with the prefix ``days/of mine``, and what its server has, by name."""

    storage: Storage
    url: str
    objects: Callable[[], dict[str, bytes]]


def opened_storage(url: str, **settings: str) -> Any:
    environment = Environment({**os.environ, "ARCHIVE_URL": url, **settings})
    made = archive_storage_settings(environment, Path("archive"))
    return import_string(str(made["BACKEND"]))(**made["OPTIONS"])


@pytest.fixture(params=["folder", "s3", "gs", "azure", "hdfs"])
def opened(request: pytest.FixtureRequest) -> Opened:
    """An empty storage of each kind."""
    return request.getfixturevalue(f"on_{request.param}")  # type: ignore[no-any-return]


@pytest.fixture
def on_folder(tmp_path: Path) -> Opened:
    url = f"{tmp_path}/elsewhere/days/of mine"

    def objects() -> dict[str, bytes]:
        root = tmp_path / "elsewhere"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    return Opened(opened_storage(url), url, objects)


@pytest.fixture
def on_s3(s3: object) -> Iterator[Opened]:
    yield from _on(f"s3://{BUCKET}")


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleStandIn]:
    with serving(GoogleStandIn()) as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.address)
        yield server


@pytest.fixture
def on_gs(request: pytest.FixtureRequest) -> Iterator[Opened]:
    if not os.environ.get("STORAGE_EMULATOR_HOST"):
        request.getfixturevalue("google")
    yield from _on(f"gs://{GOOGLE_BUCKET}")


@pytest.fixture
def azure() -> Iterator[AzureStandIn]:
    with serving(AzureStandIn()) as server:
        yield server


@pytest.fixture
def on_azure(request: pytest.FixtureRequest) -> Iterator[Opened]:
    connection = os.environ.get("TEST_AZURE") or request.getfixturevalue("azure").connection_string
    yield from _on(f"azure://{CONTAINER}", AZURE_STORAGE_CONNECTION_STRING=connection)


@pytest.fixture
def hdfs() -> Iterator[HdfsStandIn]:
    with serving(HdfsStandIn()) as server:
        yield server


@pytest.fixture
def on_hdfs(request: pytest.FixtureRequest) -> Iterator[Opened]:
    place = os.environ.get("TEST_HDFS") or f"127.0.0.1:{request.getfixturevalue('hdfs').server_port}"
    yield from _on(f"hdfs://{place}", HDFS_USER="root")


def _on(place: str, **settings: str) -> Iterator[Opened]:
    """An empty storage, in a folder that no other test has."""
    url = f"{place}/{uuid4().hex}/days/of mine"
    storage: Storage = opened_storage(url, **settings)

    def objects() -> dict[str, bytes]:
        return {f"days/of mine/{name}": _content(storage, name) for name in _names(storage, "")}

    yield Opened(storage, url, objects)
    for name in _names(storage, ""):
        storage.delete(name)


def _content(storage: Storage, name: str) -> bytes:
    with storage.open(name) as stored:
        return bytes(stored.read())


def _names(storage: Storage, folder: str) -> list[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return []
    below = [name for inner in folders for name in _names(storage, f"{folder}{inner}/")]
    return [*(folder + name for name in files), *below]
