"""HDFS: what is retried, what is refused, and what readers see meanwhile."""

import io
import tracemalloc
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File

from tests.trendsite.archive.storages.conftest import opened_storage
from tests.trendsite.archive.storages.hdfs_stand_in import HdfsStandIn, cuts, refuses
from tests.trendsite.archive.storages.stand_in import Handler, StandIn, serving
from trendsite.archive.pipeline.archive_errors import public_reason, reason
from trendsite.archive.pipeline.storage_files import download
from trendsite.archive.storages.webhdfs import ATTEMPTS, BACKOFF, WebHdfs, WebHdfsError
from trendsite.archive.storages.webhdfs_storage import WebHdfsStorage


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, none of which is made."""
    waits: list[float] = []

    def of_a_test(self: WebHdfs, address: str, user: str) -> None:
        original(self, address, user, waits.append, lambda: 0.5)

    original = WebHdfs.__init__
    monkeypatch.setattr(WebHdfs, "__init__", of_a_test)
    return waits


@pytest.fixture
def storage(hdfs: HdfsStandIn, waits: list[float]) -> WebHdfsStorage:
    made: WebHdfsStorage = opened_storage(f"hdfs://127.0.0.1:{hdfs.server_port}/days")
    return made


def test_a_file_replaces_an_older_one_only_when_it_is_whole(hdfs: HdfsStandIn, storage: WebHdfsStorage) -> None:
    storage.save("a.csv", ContentFile(b"old"))
    hdfs.faults = [cuts("CREATE", 0)] * ATTEMPTS
    with pytest.raises(WebHdfsError, match="does not answer"):
        storage.save("a.csv", ContentFile(b"new"))
    assert hdfs.objects == {"/days/a.csv": b"old"}
    storage.save("a.csv", ContentFile(b"new"))
    assert hdfs.objects == {"/days/a.csv": b"new"}


def test_a_lost_upload_is_sent_again_from_its_beginning(
    hdfs: HdfsStandIn, storage: WebHdfsStorage, waits: list[float]
) -> None:
    hdfs.faults = [cuts("CREATE", 0), cuts("CREATE", 0)]
    storage.save("a.csv", ContentFile(b"whole"))
    assert hdfs.objects == {"/days/a.csv": b"whole"}
    assert waits == [BACKOFF.delay(1, 0.5), BACKOFF.delay(2, 0.5)]


def test_a_read_goes_on_where_its_connection_was_lost(hdfs: HdfsStandIn, storage: WebHdfsStorage) -> None:
    content = bytes(range(256)) * 20_000
    storage.save("a.csv", ContentFile(content))
    hdfs.faults = [cuts("OPEN", 3_000_000), cuts("OPEN", 0), cuts("OPEN", 1_000_000)]
    with storage.open("a.csv") as stored:
        assert stored.read() == content
    assert hdfs.faults == []


def test_a_read_may_begin_anywhere(storage: WebHdfsStorage) -> None:
    storage.save("a.csv", ContentFile(bytes(range(256))))
    with storage.open("a.csv") as stored:
        stored.seek(-6, io.SEEK_END)
        assert stored.read(2) == bytes([250, 251])
        stored.seek(3)
        assert stored.read(2) == bytes([3, 4])
        assert stored.tell() == 5


@pytest.mark.parametrize("exception", ["StandbyException", "RetriableException", "SafeModeException"])
def test_a_name_node_that_starts_is_waited_for(
    hdfs: HdfsStandIn, storage: WebHdfsStorage, waits: list[float], exception: str
) -> None:
    storage.save("a.csv", ContentFile(b"1"))
    hdfs.faults = [refuses("GETFILESTATUS", 403, exception)] * (ATTEMPTS - 1)
    assert storage.size("a.csv") == 1
    assert len(waits) == ATTEMPTS - 1
    hdfs.faults = [refuses("GETFILESTATUS", 403, exception)] * ATTEMPTS
    with pytest.raises(WebHdfsError, match=f"HDFS refused: {exception}"):
        storage.size("a.csv")


def test_a_refusal_is_not_repeated_and_is_one_line_without_paths_for_anyone(
    hdfs: HdfsStandIn, storage: WebHdfsStorage, waits: list[float]
) -> None:
    message = "Permission denied: user=trendsite, access=WRITE, inode=/days\n\tat org.apache.Hadoop(…)"
    hdfs.faults = [refuses("CREATE", 403, "AccessControlException", message)]
    with pytest.raises(WebHdfsError) as refusal:
        storage.save("a.csv", ContentFile(b"1"))
    assert waits == []
    assert reason(refusal.value).endswith("HDFS refused: AccessControlException: " + message.splitlines()[0])
    assert public_reason(refusal.value) == "HDFS refused: AccessControlException"


def test_httpfs_which_never_replaces_a_file_is_asked_to_delete_it_first(waits: list[float]) -> None:
    with serving(HdfsStandIn(is_httpfs=True)) as server:
        storage = opened_storage(f"hdfs://127.0.0.1:{server.server_port}/days")
        for content in (b"old", b"new"):
            storage.save("a.csv", ContentFile(content))
            assert server.objects == {"/days/a.csv": content}


def test_drafts_of_killed_runs_are_not_listed(hdfs: HdfsStandIn, storage: WebHdfsStorage) -> None:
    hdfs.objects = {"/days/.a.csv.draft": b"par", "/days/b.csv": b"b"}
    assert storage.listdir("") == ([], ["b.csv"])


def test_requests_have_the_users_name(hdfs: HdfsStandIn) -> None:
    opened_storage(f"hdfs://127.0.0.1:{hdfs.server_port}/days", HDFS_USER="me").save("a", ContentFile(b"a"))
    assert hdfs.users == {"me"}


def test_private_files_are_for_their_owner_only(hdfs: HdfsStandIn, storage: WebHdfsStorage) -> None:
    storage.save("a", ContentFile(b"a"))
    storage.private().save("b", ContentFile(b"b"))
    assert hdfs.permissions == {"/days/a": "644", "/days/b": "600"}


def test_a_file_is_never_in_memory_as_a_whole(hdfs: HdfsStandIn, storage: WebHdfsStorage, tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    hdfs.keeps_content = False
    with (tmp_path / "zeros").open("wb") as zeros:
        zeros.truncate(size)
    tracemalloc.start()
    try:
        with (tmp_path / "zeros").open("rb") as zeros:
            storage.save("zeros", File(zeros))
        assert download(storage, "zeros", tmp_path / "back")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "back").stat().st_size == size
    assert peak < size / 4


class _Other(Handler):
    def do_GET(self) -> None:
        self.send_error(404, "It looks like you are making an HTTP request to a Hadoop IPC port.")


def test_a_server_that_is_no_webhdfs_is_named_as_such(waits: list[float]) -> None:
    with serving(StandIn(_Other)) as server:
        storage = opened_storage(f"hdfs://127.0.0.1:{server.server_port}/days")
        with pytest.raises(WebHdfsError) as error:
            storage.exists("a")
    assert public_reason(error.value) == "no WebHDFS answers (HTTP 404)"


def test_a_name_node_that_is_away_is_tried_again_and_named(waits: list[float]) -> None:
    with serving(HdfsStandIn()) as server:
        port = server.server_port
    with pytest.raises(WebHdfsError, match=rf"http://127.0.0.1:{port} does not answer"):
        opened_storage(f"hdfs://127.0.0.1:{port}/days").exists("a")
    assert len(waits) == ATTEMPTS - 1
