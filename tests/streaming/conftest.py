"""Fixtures for streaming's tests: one Spark session for all, and a new fake collector for each test."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from streaming.config import StreamingConfig
from streaming.session import create_session
from tests.streaming.fake_collector import SECRET, FakeCollector


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    config = StreamingConfig(
        data_dir=tmp_path_factory.mktemp("spark"),
        collector_address=("127.0.0.1", 1),
        redis_url="",
        spark_master="local[2]",
        spark_memory="480m",
        max_batch_bytes=2**20,
        collector_secret=SECRET,
    )
    session = create_session(config)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    yield session
    session.stop()


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    fake = FakeCollector()
    yield fake
    fake.stop()


@pytest.fixture
def config(tmp_path: Path, collector: FakeCollector, redis_url: str) -> StreamingConfig:
    return StreamingConfig(tmp_path, collector.address, redis_url, "local[2]", "480m", 2**20, SECRET)
