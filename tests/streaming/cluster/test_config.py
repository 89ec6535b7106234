"""The settings of a cluster: what they are, and what is refused in one line before anything starts."""

from pathlib import Path

import pytest

from contract.environment import Environment, SettingError
from streaming.cluster.config import ClusterConfig
from streaming.config import StreamingConfig

SECRET = "b1946ac92492d2347c6235b4d2611184"
STANDALONE = {
    "SPARK_MASTER": "spark://10.0.0.2:7077",
    "SPARK_SECRET": SECRET,
    "SPARK_DRIVER_HOST": "10.0.0.1",
    "COLLECTOR_ADDRESS": "10.0.0.1:5555",
}


def cluster(**changes: str) -> ClusterConfig | None:
    (config,) = StreamingConfig.from_env(Environment({**STANDALONE, **changes}))
    return config.cluster


@pytest.mark.parametrize("master", ["", "local", "local[2]", "local[*]"])
def test_a_local_master_has_no_settings_of_a_cluster(master):
    assert StreamingConfig.from_env(Environment({"SPARK_MASTER": master}))[0].cluster is None


def test_a_standalone_master_needs_a_secret_and_addresses_that_executors_reach():
    assert cluster() == ClusterConfig("10.0.0.1", "10.0.0.1", 0, SECRET)
    assert SECRET not in repr(cluster())


def test_a_driver_behind_another_address_listens_at_its_own():
    found = cluster(SPARK_DRIVER_HOST="driver.example", SPARK_DRIVER_BIND_ADDRESS="0.0.0.0", SPARK_DRIVER_PORT="7078")
    assert found == ClusterConfig("driver.example", "0.0.0.0", 7078, SECRET)


def test_a_backfill_reads_the_files_of_this_machine_on_this_machine():
    (config,) = StreamingConfig.from_env(Environment(STANDALONE))
    assert (config.on_this_machine().spark_master, config.on_this_machine().cluster) == ("local[2]", None)
    (config,) = StreamingConfig.from_env(Environment({"SPARK_MASTER": "local[4]"}))
    assert config.on_this_machine() == config


def test_a_cluster_on_this_machine_reads_from_a_collector_on_this_machine():
    here = {"SPARK_DRIVER_HOST": "127.0.0.1", "COLLECTOR_ADDRESS": "127.0.0.1:5555"}
    assert cluster(SPARK_MASTER="spark://127.0.0.1:7077", **here).driver_host == "127.0.0.1"
    assert cluster(SPARK_MASTER="local-cluster[2,1,1024]", SPARK_SECRET="", **here).secret == ""


def test_so_does_a_yarn_whose_resource_manager_is_on_this_machine(tmp_path):
    site = "<a><property><name>yarn.resourcemanager.hostname</name><value>{}</value></property></a>"
    yarn = {"SPARK_MASTER": "yarn", "SPARK_SECRET": "", "HADOOP_CONF_DIR": str(tmp_path)}
    here = {**yarn, "SPARK_DRIVER_HOST": "", "COLLECTOR_ADDRESS": "127.0.0.1:5555"}
    (tmp_path / "yarn-site.xml").write_text(site.format("localhost"))
    assert cluster(**here).driver_host == "127.0.0.1"
    (tmp_path / "yarn-site.xml").write_text(site.format("10.0.0.2"))
    with pytest.raises(SettingError, match=r"^COLLECTOR_ADDRESS=127.0.0.1:5555 leads executors to their own machine"):
        cluster(**here)


def test_executors_of_a_cluster_are_sent_what_reads_kafka_so_they_need_no_python():
    assert cluster(LOG_URL="kafka://10.0.0.5:9092/posts").python == ""


def test_further_settings_of_spark_come_from_a_file(tmp_path):
    file = tmp_path / "spark.conf"
    file.write_text("# ours\n\nspark.executor.memory 2g\nspark.authenticate=false\nspark.cores.max = 4\n")
    found = cluster(SPARK_PROPERTIES=str(file), SPARK_SECRET="")
    assert dict(found.properties) == {
        "spark.executor.memory": "2g",
        "spark.authenticate": "false",
        "spark.cores.max": "4",
    }


def test_yarn_needs_the_folder_with_its_settings(tmp_path):
    (tmp_path / "yarn-site.xml").touch()
    assert cluster(SPARK_MASTER="yarn", SPARK_SECRET="", HADOOP_CONF_DIR=str(tmp_path)).secret == ""
    with pytest.raises(SettingError, match=r"^HADOOP_CONF_DIR='' has no yarn-site.xml"):
        cluster(SPARK_MASTER="yarn", HADOOP_CONF_DIR="")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SPARK_MASTER": "spark://10.0.0.2"}, "SPARK_MASTER='spark://10.0.0.2' is not usable"),
        ({"SPARK_MASTER": "mesos://10.0.0.2:5050"}, "SPARK_MASTER='mesos://10.0.0.2:5050' is not usable"),
        ({"SPARK_MASTER": "k8s://https://10.0.0.2"}, "SPARK_PROPERTIES names no spark.kubernetes.container.image"),
        ({"SPARK_SECRET": ""}, "SPARK_SECRET is not set: give the spark.authenticate.secret"),
        ({"SPARK_SECRET": "open sesame"}, "SPARK_SECRET has characters"),
        ({"SPARK_DRIVER_HOST": ""}, "SPARK_DRIVER_HOST is not set: give the address of this machine"),
        ({"SPARK_DRIVER_HOST": "10.0.0.1:7078"}, "SPARK_DRIVER_HOST='10.0.0.1:7078' is not an address"),
        ({"SPARK_DRIVER_HOST": "0.0.0.0"}, "SPARK_DRIVER_HOST='0.0.0.0' is no address to connect to"),
        ({"SPARK_DRIVER_BIND_ADDRESS": "every where"}, "SPARK_DRIVER_BIND_ADDRESS='every where' is not an address"),
        ({"SPARK_DRIVER_PORT": "65535"}, "SPARK_DRIVER_PORT='65535' is not usable"),
        ({"SPARK_EXECUTOR_PYTHON": "python3"}, "SPARK_EXECUTOR_PYTHON='python3' is not usable"),
        ({"SPARK_EXECUTOR_PYTHON": "/python$(id)"}, "SPARK_EXECUTOR_PYTHON"),
        ({"COLLECTOR_ADDRESS": ""}, "COLLECTOR_ADDRESS=127.0.0.1:5555 leads executors to their own machine"),
        ({"COLLECTOR_ADDRESS": "[::]:5555"}, r"COLLECTOR_ADDRESS=\[::\]:5555 leads executors to their own machine"),
        ({"COLLECTOR_ADDRESS": "localhost:5555"}, "COLLECTOR_ADDRESS=localhost:5555 leads executors to their own"),
        ({"LOG_URL": "kafka://10.0.0.5:9092,localhost:9092/posts"}, "LOG_URL leads executors to their own machine"),
        ({"SPARK_PROPERTIES": "/nowhere"}, "SPARK_PROPERTIES='/nowhere' cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_in_one_line(changes, words):
    with pytest.raises(SettingError, match=f"^{words}") as refusal:
        cluster(**changes)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [("executor.memory 2g", "is no setting"), ("spark.authenticate.secret hush", "set SPARK_SECRET instead")],
)
def test_a_line_that_cannot_be_used_is_named_by_its_number_without_its_value(tmp_path, line, words):
    file = tmp_path / "spark.conf"
    file.write_text(f"spark.cores.max 4\n{line}\n")
    with pytest.raises(SettingError, match=rf"line 2, .*{words}") as refusal:
        cluster(SPARK_PROPERTIES=str(file))
    assert line.split()[1] not in str(refusal.value).replace(str(Path(file)), "")


def test_executors_of_another_system_need_an_interpreter_of_their_own(monkeypatch):
    monkeypatch.setattr("streaming.cluster.config.sys.platform", "darwin")
    with pytest.raises(SettingError, match="SPARK_EXECUTOR_PYTHON is not set"):
        cluster()
    assert cluster(SPARK_EXECUTOR_PYTHON="/opt/python/bin/python3").python == "/opt/python/bin/python3"
