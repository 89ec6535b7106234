"""Waits for a standalone master, or YARN's ResourceManager, to listen.

Without it, Spark would try to reach the one for a minute, and the other for ever, and name no reason.
"""

import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from random import random
from time import sleep
from xml.etree import ElementTree

from contract.address import Address, parse_address
from contract.backoff import Backoff

log = logging.getLogger(__name__)

BACKOFF = Backoff(first=1.0, longest=15.0)
_CONNECT_SECONDS = 5.0
_AGAIN = 20
"""Of so many attempts, one is logged: about every five minutes."""

_RESOURCE_MANAGER = "yarn.resourcemanager."
_RESOURCE_MANAGER_PORT = 8032


def wait_for_master(master: str) -> None:
    """Wait until what ``SPARK_MASTER`` names listens. Of another kind of master, Spark itself says what is wrong."""
    name, addresses = f"SPARK_MASTER={master}", [parse_address(of) for of in master[len("spark://") :].split(",")]
    if master == "yarn":
        name, addresses = "YARN's ResourceManager", resource_managers(os.environ.get("HADOOP_CONF_DIR", ""))
    elif not master.startswith("spark://"):
        return
    failures = 0
    while problem := unreachable([of for of in addresses if of]):
        if failures % _AGAIN == 0:
            log.error("waiting: %s does not answer (%s): start it or correct its address", name, problem)
        failures += 1
        sleep(BACKOFF.delay(failures, random()))  # noqa: S311 - jitter


def unreachable(addresses: Sequence[Address]) -> str:
    """Return why none of some addresses can be connected to; empty if one can, or if there are none."""
    problem = ""
    for address in addresses:
        try:
            with socket.create_connection(address, _CONNECT_SECONDS):
                return ""
        except OSError as error:
            problem = problem or error.strerror or str(error)
    return problem


def resource_managers(folder: str) -> list[Address | None]:
    """Return the addresses of YARN's ResourceManagers in a Hadoop configuration; None for one that is not plain."""
    try:
        properties = ElementTree.parse(Path(folder, "yarn-site.xml")).iter("property")  # noqa: S314 - the operator's file
    except (OSError, ElementTree.ParseError):
        return []  # Spark says so
    values = {of.findtext("name", "").strip(): of.findtext("value", "").strip() for of in properties}
    suffixes = [
        f".{name.strip()}" for name in values.get(f"{_RESOURCE_MANAGER}ha.rm-ids", "").split(",") if name.strip()
    ]
    found = []
    for suffix in suffixes or [""]:
        host = values.get(f"{_RESOURCE_MANAGER}hostname{suffix}", "")
        default = f"{host}:{_RESOURCE_MANAGER_PORT}"
        address = values.get(f"{_RESOURCE_MANAGER}address{suffix}", default)
        found.append(parse_address(address.replace(f"${{{_RESOURCE_MANAGER}hostname}}", host)))
    return found
