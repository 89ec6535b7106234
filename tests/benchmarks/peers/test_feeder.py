"""A file on a socket."""

import socket

from benchmarks.peers.feeder import Feeder


def posts_file(folder):
    path = folder / "posts"
    path.write_bytes(b"".join(b"%d\n" % number for number in range(12_000)))
    return path


def test_the_first_posts_of_the_file_are_sent_and_then_the_socket_ends(tmp_path):
    path = posts_file(tmp_path)
    with Feeder(path, 11_000, None) as feeder, socket.create_connection(("127.0.0.1", feeder.port), 60) as reader:
        lines = reader.makefile("rb").read().splitlines()
    assert len(lines) == feeder.sent == 11_000
    assert lines[-1] == b"10999"


def test_posts_beyond_those_allowed_wait_until_they_are(tmp_path):
    with Feeder(posts_file(tmp_path), 11_000, None) as feeder:
        feeder.allowed = 1_500
        with socket.create_connection(("127.0.0.1", feeder.port), 60) as reader, reader.makefile("rb") as lines:
            assert [lines.readline() for _ in range(1_500)][-1] == b"1499\n"
            assert feeder.sent <= 1_500
            feeder.allowed = 11_000
            assert len(lines.read().splitlines()) == 9_500
