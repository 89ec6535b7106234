"""What executors are sent, and the Spark settings that go with it."""

import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from contract.environment import SettingError
from streaming.cluster import interpreter
from streaming.cluster.config import ClusterConfig
from streaming.cluster.settings import FAILURES_WITHIN, cluster_settings, private_settings
from streaming.cluster.shipping import PYTHON, archives, driver_folder

CONFIG = ClusterConfig("10.0.0.1", "0.0.0.0", 7078, "s3cret", python=sys.executable)


def test_the_code_runs_where_it_is_unpacked_by_the_interpreter_that_is_named(tmp_path):
    (address,) = archives(CONFIG, tmp_path, tmp_path)
    path, name = address.removeprefix("file://").split("#")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / name, filter="data")
    code = "import streaming.source.collector as found; print(found.__file__)"
    command, empty = [PYTHON, "-c", code], {"PYTHONPATH": name}
    ran = subprocess.run(command, cwd=tmp_path, env=empty, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == str(tmp_path / "code" / "streaming" / "source" / "collector.py")


def test_planners_on_the_driver_find_its_own_interpreter_with_its_packages(tmp_path):
    folder = driver_folder(tmp_path)
    code = "import sys, pyspark; print(sys.prefix)"
    ran = subprocess.run([PYTHON, "-c", code], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == sys.prefix


def test_an_interpreter_of_this_version_is_sent_as_it_is(tmp_path, monkeypatch):
    made: list[Path] = []
    monkeypatch.setattr(interpreter, "_write", lambda path, _: made.append(path) or path.touch())
    for _ in range(2):
        _, sent = archives(replace(CONFIG, python=""), tmp_path, tmp_path)
    assert sent.endswith("#interpreter")
    assert len(made) == 1
    with_kafka = archives(replace(CONFIG, python=""), tmp_path, tmp_path, interpreter.KAFKA_PACKAGES)[1]
    assert with_kafka != sent
    monkeypatch.setattr(interpreter, "version", lambda _: "99")
    assert archives(replace(CONFIG, python=""), tmp_path, tmp_path)[1] != sent
    assert len(list((tmp_path / "executors").iterdir())) == 1


def test_the_packages_are_packed_with_the_shared_libraries_of_their_wheels_where_they_look_for_them(tmp_path):
    found = {folder.name for folder in interpreter._package_folders(interpreter.KAFKA_PACKAGES)}
    assert found == {"msgspec", "pyarrow", "confluent_kafka", "confluent_kafka.libs"}
    assert not [folder for folder in interpreter._package_folders(interpreter.PACKAGES) if "kafka" in folder.name]


def test_an_interpreter_with_kafka_runs_where_it_is_unpacked_without_this_machines_packages(tmp_path):
    archive = interpreter.interpreter_archive(tmp_path, interpreter.KAFKA_PACKAGES)
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "interpreter", filter="fully_trusted")
    code = "import confluent_kafka, pyarrow, msgspec; print(confluent_kafka.__file__, confluent_kafka.libversion()[0])"
    program = tmp_path / "interpreter" / "bin" / interpreter.NAME
    libraries = {"LD_LIBRARY_PATH": str(tmp_path / "interpreter" / interpreter.LIBRARIES)}
    ran = subprocess.run([program, "-c", code], cwd="/", env=libraries, capture_output=True, text=True, timeout=120)
    assert ran.stdout.startswith(str(tmp_path / "interpreter")), ran.stderr


def test_an_interpreter_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "executors").touch()
    with pytest.raises(SettingError, match=r"cannot be made in .*, or set SPARK_EXECUTOR_PYTHON[^\n]*$"):
        interpreter.interpreter_archive(tmp_path)


@pytest.mark.parametrize(
    ("name", "is_needed"),
    [
        ("json/decoder.py", True),
        ("unittest/mock.py", True),
        ("lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", True),
        ("libarrow.so.2600", True),
        ("test/support/__init__.py", False),
        ("site-packages/django/__init__.py", False),
        ("lib-dynload/_tkinter.cpython-311-x86_64-linux-gnu.so", False),
        ("json/__pycache__/decoder.cpython-311.pyc", False),
        ("libarrow_flight.so.2600", False),
        ("includes/libarrow.pxd", False),
    ],
)
def test_only_what_tasks_may_need_is_packed(tmp_path, name, is_needed):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    assert (file in set(interpreter._files(tmp_path))) == is_needed


def test_the_libraries_of_the_c_library_stay_those_of_the_machine():
    found = {path.name for path in interpreter._shared_libraries([Path(sys.executable).resolve()])}
    assert not any(name.startswith(("libc.so", "libm.so", "libpthread", "ld-linux")) for name in found)


def test_secrets_are_not_among_the_settings_of_the_command_line():
    with_file = replace(CONFIG, properties=(("spark.kubernetes.oauthToken", "t0ken"),))
    public = cluster_settings(with_file, ["file:///code.tar.gz#code"])
    assert not {"s3cret", "t0ken"} & set(public.values())
    assert (public["spark.driver.port"], public["spark.driver.blockManager.port"]) == ("7078", "7079")
    assert (public["spark.driver.host"], public["spark.driver.bindAddress"]) == ("10.0.0.1", "0.0.0.0")
    private = private_settings(with_file, "new")
    assert private == {"spark.authenticate.secret": "s3cret", "spark.kubernetes.oauthToken": "t0ken"}
    assert private_settings(replace(CONFIG, secret=""), "new") == {"spark.authenticate.secret": "new"}
    assert private_settings(replace(CONFIG, secret=""), "") == {}


def test_executors_lost_months_apart_do_not_end_an_application(spark):
    names = ("spark.executor.failuresValidityInterval", "spark.yarn.am.attemptFailuresValidityInterval")
    settings = cluster_settings(CONFIG, [])
    assert [settings[name] for name in names] == [FAILURES_WITHIN] * 2
    java = spark.sparkContext._jvm
    # Spark knows YARN's settings once their class is loaded. It would ignore a name that it does not know.
    java.java.lang.Class.forName("org.apache.spark.deploy.yarn.config.package$")
    find = java.org.apache.spark.internal.config.ConfigEntry.findEntry
    assert [find(name) is not None for name in (*names, "spark.executor.noSuchInterval")] == [True, True, False]
    with_own = replace(CONFIG, properties=((names[0], "1h"),))
    assert (settings | private_settings(with_own, ""))[names[0]] == "1h"


def test_a_resource_manager_may_be_away_for_as_long_as_it_takes(spark):
    yarn = spark.sparkContext._jvm.org.apache.hadoop.yarn.conf.YarnConfiguration
    name = f"spark.hadoop.{yarn.RESOURCEMANAGER_CONNECT_MAX_WAIT_MS}"
    assert cluster_settings(CONFIG, [])[name] == "-1"
