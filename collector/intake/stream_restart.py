"""Restart of a live stream that has closed days of the future. The new stream gets the posts of today.

An earlier version believed twenty posts that agreed, so its clock may stand in 2038, and every post since is late. Its
spool is set aside. The new one has another stream id (contract.socket_protocol), which shows streaming that its counts
belong to the earlier stream.
"""

import logging
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from collector.intake.event_time import day_begin
from collector.intake.ingest import COMMIT_BYTES
from collector.log import Commit
from collector.log.spool import STREAM_ID, Spool
from contract.dropped import open_day_file
from contract.files import data_dir_of, rename_durably, write_atomically
from contract.post import MAX_AHEAD, Post

log = logging.getLogger(__name__)


def needs_restart(spool: Spool, now: datetime, day_grace: timedelta) -> bool:
    """Return whether a live stream has leapt, or a person has requested its restart."""
    return _request_file(spool.folder).exists() or has_leapt(spool.committed, spool.written_at, now, day_grace)


def restart_command(folder: Path) -> str:
    """Return the command, to be run in DATA_DIR, that restarts a live stream at the collector's next start.

    The site's public health report shows it, so it does not reveal where DATA_DIR is.
    """
    return f"touch {_request_file(folder).relative_to(data_dir_of(folder))}"


def has_leapt(commit: Commit, written_at: datetime | None, now: datetime, day_grace: timedelta) -> bool:
    """Return whether a live stream has closed days of the future.

    They must have been in the future already at ``written_at``, the machine's time of the last commit. If they are so
    only by ``now``, the machine's clock may be wrong.
    """
    if commit.clock is None or written_at is None:
        return False
    return day_begin(commit.clock - day_grace) > max(now, written_at) + MAX_AHEAD


def restart_stream(leapt: Spool, data_dir: Path, max_bytes: int, now: datetime, day_grace: timedelta) -> Spool:
    """Set a spool aside. Return a new one with its posts from today on, without those of the future.

    After a crash at any point, the next start repeats it or does the rest (:func:`finish_restart`).

    Raises:
        OSError: the disk is full or broken.
        LogCorruptionError: the spool to set aside is damaged.
    """
    folder, source, clock = leapt.folder, leapt.source, leapt.committed.clock
    today = day_begin(now - day_grace)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    # A start that crashed before it set the stream aside may have left these.
    for leftover in (unfinished, _fresh(folder)):
        shutil.rmtree(leftover, ignore_errors=True)
    copied = _copy_posts(leapt, Spool(unfinished, source, max_bytes), today, now, day_grace)
    write_atomically(unfinished / STREAM_ID, now.isoformat().encode())
    leapt.close()
    unfinished.rename(_fresh(folder))
    aside = folder.with_name(f"{folder.name}.leapt-{now:%Y%m%dT%H%M%S}")
    folder.rename(aside)
    finish_restart(folder, data_dir)
    log.warning(
        "%s restarts with its %d posts since %s: posts with wrong times had set its clock to %s. "
        "The earlier stream is in %s; remove it when you no longer need it",
        *(source, copied, today.date(), clock, aside),
    )
    return Spool(folder, source, max_bytes)


def finish_restart(folder: Path, data_dir: Path) -> None:
    """Move the new stream into the place of the one set aside, if a crash prevented that."""
    fresh = _fresh(folder)
    if not folder.exists() and fresh.exists():
        # The open day with its drops is that of the clock that leapt.
        open_day_file(data_dir, folder.name).unlink(missing_ok=True)
        rename_durably(fresh, folder)


def _copy_posts(leapt: Spool, fresh: Spool, today: datetime, now: datetime, day_grace: timedelta) -> int:
    """Fill a new spool with the posts from today on that are not of the future. Return their number."""
    cursor = leapt.committed.cursor
    latest = today + day_grace
    fresh.append([], leapt.committed.counts.dropped, leapt.committed.gaps)
    for posts in _posts_between(leapt, today, now + MAX_AHEAD):
        fresh.append(posts, {})
        latest = max([latest, *(post.created_at for post in posts)])
        if fresh.pending_bytes > COMMIT_BYTES:
            fresh.commit(cursor, 0, latest, today.date())
    fresh.commit(cursor, 0, latest, today.date())
    fresh.close()
    return fresh.committed.counts.posts


def _posts_between(spool: Spool, first: datetime, latest: datetime) -> Iterator[list[Post]]:
    decoder = msgspec.json.Decoder(Post)
    unfinished = b""
    for chunk in spool.read(spool.first_offset, spool.committed.end):
        lines, _, unfinished = (unfinished + chunk).rpartition(b"\n")
        yield [post for post in decoder.decode_lines(lines) if first <= post.created_at <= latest]


def _request_file(folder: Path) -> Path:
    return folder / "begin_anew"


def _fresh(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.anew")
