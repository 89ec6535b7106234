"""Streaming with ``local-cluster``: executors that are processes of this machine and are sent their Python."""

from pathlib import Path

import pyspark

from tests.streaming.cluster.driver import HeldCollector, closed_day, counted_here, streaming


def test_executors_with_the_interpreter_that_they_are_sent_count_the_day_of_local_and_leave_nothing_in_spark(
    spark, config, redis_client, redis_url, tmp_path
):
    expected = counted_here(spark, config, redis_client)
    collector = HeldCollector()
    collector.go_on.set()
    data_dir = tmp_path / "driver"
    with streaming(data_dir, collector, SPARK_MASTER="local-cluster[2,1,1024]", REDIS_URL=redis_url) as driver:
        assert closed_day(data_dir) == expected
        assert driver.poll() is None
        assert list((data_dir / "spark" / "home" / "work").glob("app-*/*/interpreter/bin"))
    collector.stop()
    assert not Path(pyspark.__file__).with_name("work").exists()
