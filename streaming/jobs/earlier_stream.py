"""Counts of an earlier stream of a source: its collector now serves another one, with another ``stream_id``.

A spool that restarts has the posts of its open days again, so they are counted again. Another log does not have them
(LOG_URL): their counts stay until the operator removes them.
"""

import logging
import shutil
from datetime import date
from pathlib import Path

from contract.closed_day import closed_day_folder, closed_days, reopened_file
from contract.files import counts_folder, write_atomically
from contract.kafka_log import is_kafka_stream
from contract.socket_protocol import StreamStatus
from streaming.sink.redis_view import RedisView
from streaming.state.errors import StoreError, another_log, damaged
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE

log = logging.getLogger(__name__)

_STREAM_ID = "stream_id"
_RECORDING = "replay-"


def has_counts(data_dir: Path, stream: StreamStatus) -> bool:
    """Return whether there are counts of this very stream. The board shows them even if the stream has no days."""
    folder = counts_folder(data_dir, stream.source)
    return (folder / COUNTS_FILE).exists() and _stream_id(folder) == stream.stream_id


def discard_other_stream(data_dir: Path, stream: StreamStatus, view: RedisView) -> None:
    """Delete counts of an earlier stream of this source. The days of ``stream`` are counted from its posts.

    If it is killed, the next start repeats it.

    Raises:
        RecoveryError: counts of open days would be lost, and no operator has agreed.
    """
    folder = counts_folder(data_dir, stream.source)
    if _stream_id(folder) == stream.stream_id:
        return
    if (folder / COUNTS_FILE).exists():
        lacks_posts = _is_another_log(_stream_id(folder), stream)
        if lacks_posts:
            _refuse_loss(data_dir, stream)
        log.warning("%s began anew: removing the counts of its earlier stream", stream.source)
        for day in () if lacks_posts else stream.days:
            _reopen(data_dir, stream.source, day)
        current = view.current()
        if current and current.day > max(stream.days):
            view.hide()
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / _STREAM_ID, stream.stream_id.encode())


def _is_another_log(before: str, stream: StreamStatus) -> bool:
    """Return whether a stream lacks the posts of the one before it. A recording is read from its beginning again."""
    is_recording = stream.source.startswith(_RECORDING)
    return not is_recording and (is_kafka_stream(before) or is_kafka_stream(stream.stream_id))


def _refuse_loss(data_dir: Path, stream: StreamStatus) -> None:
    """Raise a RecoveryError if open days have counts. It names each with its posts."""
    path = counts_folder(data_dir, stream.source) / COUNTS_FILE
    try:
        with Snapshot(path) as snapshot:
            first = snapshot.position.first_day if snapshot.position else date.min
            closed = {day for source, day, _ in closed_days(data_dir) if source == stream.source}
            open_days = [day for day in snapshot.days() if day >= first and day not in closed]
            posts = {day: snapshot.count(day, "*", "").posts for day in open_days}
    except StoreError as error:
        raise damaged(path, error) from error
    if posts:
        raise another_log(path, posts)


def _reopen(data_dir: Path, source: str, day: date) -> None:
    # In this order: the archive removes the file once it has archived a folder that exists.
    shutil.rmtree(closed_day_folder(data_dir, source, day), ignore_errors=True)
    reopened = reopened_file(data_dir, source, day)
    reopened.parent.mkdir(parents=True, exist_ok=True)
    reopened.touch()


def _stream_id(folder: Path) -> str:
    path = folder / _STREAM_ID
    return path.read_text() if path.exists() else ""
