"""A real Spark, started once, and a collector of our own, new for each test."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from streaming.config import Config
from streaming.session import create_session
from tests.streaming.stand_in_collector import StandInCollector


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    config = Config(
        data_dir=tmp_path_factory.mktemp("spark"),
        collector_address=("127.0.0.1", 1),
        redis_url="",
        spark_master="local[2]",
        spark_memory="480m",
        max_batch_bytes=2**20,
    )
    session = create_session(config)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    yield session
    session.stop()


@pytest.fixture
def collector() -> Iterator[StandInCollector]:
    stand_in = StandInCollector()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def config(tmp_path: Path, collector: StandInCollector, redis_url: str) -> Config:
    return Config(tmp_path, collector.address, redis_url, "local[2]", "480m", 2**20)
