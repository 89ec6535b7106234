"""A master that does not listen yet is named once, and waited for."""

import socket
from pathlib import Path

import pytest

from streaming.cluster import masters
from streaming.cluster.masters import wait_for_master
from tests.parallel import find_free_port


def test_a_master_that_does_not_listen_is_named_once_and_waited_for(caplog, monkeypatch):
    port, pauses = find_free_port(), []

    def listen_soon(_: float) -> None:
        pauses.append(None)
        if len(pauses) == 3:
            servers.append(socket.create_server(("127.0.0.1", port)))

    servers: list[socket.socket] = []
    monkeypatch.setattr(masters, "sleep", listen_soon)
    wait_for_master(f"spark://127.0.0.1:{port}")
    servers[0].close()
    (line,) = [record.message for record in caplog.records]
    assert line.startswith(
        f"waiting: SPARK_MASTER=spark://127.0.0.1:{port} does not answer (Connection refused): start"
    )


def test_of_several_masters_one_that_listens_is_enough(caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        wait_for_master(f"spark://127.0.0.1:{find_free_port()},127.0.0.1:{server.getsockname()[1]}")
    assert caplog.records == []


def configuration(folder: Path, **values: str) -> str:
    """Write a yarn-site.xml; an underscore stands for a point."""
    names = {f"yarn.resourcemanager.{name.replace('_', '.')}": value for name, value in values.items()}
    rows = "".join(f"<property><name>{name}</name><value>{value}</value></property>" for name, value in names.items())
    (folder / "yarn-site.xml").write_text(f"<configuration>{rows}</configuration>")
    return str(folder)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"hostname": "rm"}, [("rm", 8032)]),
        ({"hostname": "rm", "address": "${yarn.resourcemanager.hostname}:8050"}, [("rm", 8050)]),
        ({"ha_rm-ids": "a, b", "hostname_a": "one", "address_b": "two:8050"}, [("one", 8032), ("two", 8050)]),
        ({"address": "${elsewhere}:1"}, [None]),
        ({}, [None]),
    ],
)
def test_the_resource_managers_are_those_of_hadoops_configuration(tmp_path, values, expected):
    assert masters.resource_managers(configuration(tmp_path, **values)) == expected


def test_a_configuration_that_cannot_be_read_is_left_to_spark(tmp_path):
    (tmp_path / "yarn-site.xml").write_text("<configuration>")
    assert masters.resource_managers(str(tmp_path)) == masters.resource_managers("/nowhere") == []


def test_a_resource_manager_that_listens_is_not_waited_for(tmp_path, monkeypatch, caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("HADOOP_CONF_DIR", configuration(tmp_path, address=address))
        wait_for_master("yarn")
    assert caplog.records == []
