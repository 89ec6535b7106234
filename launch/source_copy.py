"""Counts and spool of one source that fit together, for a backup, while both grow and the collector deletes."""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

from collector.intake.filters import GENERATION
from collector.log.spool_copy import SpoolPart, spool_part
from contract.files import counts_folder, spool_folder
from launch.bundle import DATA, SavedSource
from streaming.state.snapshot import copy_counts
from streaming.state.sqlite import COUNTS_FILE

_ASIDE = re.compile(r"\.(damaged|incomplete|unfinished|anew|leapt-.*)$")
"""Ends of the names of folders that are set aside, or not finished."""

_WINDOW_POSTS = 2 * GENERATION
"""A collector drops a post whose id is among so many latest ones, at most. It reads them from the spool."""

_ATTEMPTS = 3


class UnfitError(RuntimeError):
    """Counts and spool do not fit together. The message is one line."""


class OpenFile(NamedTuple):
    """A file for the bundle: its name there, the number of bytes to copy, and its time in seconds since 1970."""

    name: str
    file: IO[bytes]
    size: int
    modified_at: float


class SourceCopy:
    """The files of one source. They are open, so a collector may delete them meanwhile."""

    def __init__(self, data_dir: Path, source: str, staging: Path, opened: ExitStack) -> None:
        """Begin without files. Copies are in ``staging``; ``opened`` closes the files.

        Raises:
            FileNotFoundError: the collector began or deleted a file meanwhile. Try again.
            StoreError, LogCorruptionError, UnfitError: the counts or the spool are damaged.
            OSError: the disk is full or broken.
        """
        self.saved = SavedSource(source, None, None, 0)
        self.files: list[OpenFile] = []
        self._data_dir = data_dir
        self._staging = staging
        self._opened = opened
        counts, spool = counts_folder(data_dir, source), spool_folder(data_dir, source)
        # In this order: what is read first must not be ahead of what is read later (launch.backup).
        self._add_counts(counts / COUNTS_FILE)
        small = [counts / "done.json", counts / "stream_id", spool / "stream_id", spool / "begin_anew"]
        for path in (*small, *sorted((data_dir / "dropped" / source).glob("[!.]*"))):
            if path.exists():
                self._add(path, path)
        self._add_spool(spool_part(spool, self.saved.counted_offset, _WINDOW_POSTS))

    @property
    def size(self) -> int:
        """The number of bytes to copy."""
        return sum(file.size for file in self.files)

    def _add(self, path: Path, place: Path, size: int | None = None) -> None:
        """Add a file that is to lie at ``place`` in DATA_DIR, or its first ``size`` bytes."""
        file = self._opened.enter_context(path.open("rb"))
        status = os.fstat(file.fileno())
        name = f"{DATA}/{place.relative_to(self._data_dir)}"
        self.files.append(OpenFile(name, file, status.st_size if size is None else size, status.st_mtime))

    def _add_counts(self, path: Path) -> None:
        if path.exists():
            copy = self._staging / f"{self.saved.source}.sqlite"
            copy.unlink(missing_ok=True)
            position = copy_counts(path, copy)
            self.saved.counted_offset = position.offset if position else None
            self._add(copy, path)

    def _add_spool(self, part: SpoolPart | None) -> None:
        if part is None:
            return
        end, counted = part.commit.end, self.saved.counted_offset
        if counted is not None and counted > end:
            raise UnfitError(
                f"the counts of {self.saved.source} are ahead of its spool ({counted} and {end}): see Troubleshooting "
                "in docs/operations.md"
            )
        self.saved.end_offset, self.saved.posts = end, part.commit.counts.posts
        for number, (segment, size, log) in enumerate(part.segments):
            self._add(segment.path, segment.path, size)
            copy = self._staging / f"{self.saved.source}-{number}.commits"
            copy.write_bytes(log)
            # The collector judges by this time whether a wrong clock closed days of the future.
            written_at = segment.log_path.stat().st_mtime
            os.utime(copy, (written_at, written_at))
            self._add(copy, segment.log_path)


def copy_source(data_dir: Path, source: str, staging: Path, opened: ExitStack) -> SourceCopy:
    """Return the files of a source as they fit together at one moment; ``opened`` closes them.

    Raises:
        UnfitError, StoreError, LogCorruptionError: they do not fit, or are damaged.
        OSError: the disk is full or broken.
    """
    for _ in range(_ATTEMPTS):
        with ExitStack() as attempt:
            try:
                copy = SourceCopy(data_dir, source, staging, attempt)
            except FileNotFoundError:
                continue  # what is there now fits again
            opened.push(attempt.pop_all())
            return copy
    raise UnfitError(f"counts and spool of {source} do not fit, or change too fast: stop Trendsite and try again")


def sources_in(data_dir: Path) -> list[str]:
    """Return the sources that have a spool or counts. Folders that were set aside are none."""
    names = {path.name for kind in ("spool", "counts") for path in (data_dir / kind).glob("[!.]*") if path.is_dir()}
    return sorted(name for name in names if not _ASIDE.search(name))


def counts_bytes(data_dir: Path, source: str) -> int:
    """Return an upper bound of the size of a source's counts file."""
    return sum(file.stat().st_size for file in counts_folder(data_dir, source).glob(f"{COUNTS_FILE}*"))
