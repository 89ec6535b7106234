"""The bundle's part of nginx, in a configuration like that of Elastic Beanstalk's Docker platform."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.end_to_end.whole_trendsite import wait_until
from tests.parallel import find_free_port
from tests.trendsite.site import Site, running_site

OURS = Path(__file__).resolve().parents[3] / "docker" / "aws" / "eb" / "platform" / "trendsite.conf"
NGINX = shutil.which("nginx")
BOARD = "board.example"

# As on an instance: "upgrade" for every request, and connections that stay open to the container.
PLATFORM = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    map $http_upgrade $connection_upgrade {{ default "upgrade"; }}
    upstream docker {{ server 127.0.0.1:{site_port}; keepalive 256; }}
    include {folder}/trendsite.conf;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://docker;
            proxy_http_version 1.1;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@pytest.fixture(scope="module")
def site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"PUBLIC_URL": f"https://{BOARD}", "MAX_VIEWERS_PER_ADDRESS": "1"}
    with running_site(tmp_path_factory.mktemp("site"), redis_url, **settings) as site:
        yield site


@pytest.fixture(scope="module")
def nginx(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx. The load balancer, which it trusts, is this machine."""
    folder, port = tmp_path_factory.mktemp("nginx"), find_free_port()
    ours = OURS.read_text()
    (folder / "trendsite.conf").write_text(ours.replace("10.0.0.0/8", "127.0.0.0/8"))
    (folder / "nginx.conf").write_text(PLATFORM.format(folder=folder, site_port=site.port, port=port))
    server = subprocess.Popen([str(NGINX), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (folder / "nginx.pid").exists() or server.poll() is not None, "nginx listens")
    assert server.poll() is None, server.communicate()[1]
    yield port
    server.terminate()
    server.communicate(timeout=60)


def viewer(port: int, address: str) -> ClientConnection:
    """The WebSocket of a viewer, as the load balancer passes it on."""
    return connect(
        f"ws://{BOARD}/ws/board/",
        sock=socket.create_connection(("127.0.0.1", port), timeout=60),
        origin=f"https://{BOARD}",  # type: ignore[arg-type]
        additional_headers={"X-Forwarded-For": f"1.1.1.1, {address}", "X-Forwarded-Proto": "https"},
        open_timeout=60,
    )


def test_viewers_are_told_apart_by_their_address_and_not_by_what_they_claim(nginx: int):
    with viewer(nginx, "198.51.100.7") as first, viewer(nginx, "198.51.100.8") as second:
        assert first.recv(timeout=60)
        assert second.recv(timeout=60)
        with viewer(nginx, "198.51.100.7") as third, pytest.raises(ConnectionClosed) as refused:
            list(third)
        assert refused.value.rcvd
        assert refused.value.rcvd.code == 1008


@pytest.mark.parametrize("host", ["10.1.2.3", "ip-10-1-2-3.internal"])
def test_the_load_balancer_finds_the_site_alive_by_the_address_of_the_instance(nginx: int, host: str):
    command = ["curl", "-sS", "-H", f"Host: {host}", "-w", "%{http_code}", "-o", "/dev/null"]
    answer = subprocess.run(
        [*command, f"http://127.0.0.1:{nginx}/healthz"], capture_output=True, text=True, timeout=60, check=True
    )
    assert answer.stdout == "200"
