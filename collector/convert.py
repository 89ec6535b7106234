"""``python -m collector.convert FILE... --into FOLDER``: recordings -> files of posts for ``streaming.jobs.backfill``.

The same posts are dropped as live, except late ones, since order does not matter here: lines that are too long or not a
post, untracked languages, hashtags in excess.
"""

import argparse
import os
import secrets
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self

from dotenv import load_dotenv

from collector.author_keys import KEY_BYTES, derived_hash
from collector.intake.filters import Tracked, filter_posts
from collector.languages import LanguageFollower
from collector.sources.fields import AuthorHash
from collector.sources.replay.posts import read_lines
from collector.sources.replay.recording import (
    PROGRESS_SECONDS,
    Block,
    Recording,
    RecordingError,
    TrailingGarbageError,
    recording_name,
)
from collector.sources.replay.source import NO_READABLE_POSTS, why_unreadable
from contract.backfill import CONVERSION, POSTS_FILE_BYTES, Conversion, posts_file, posts_files, write_conversion
from contract.environment import Environment
from contract.files import restrict_new_files
from contract.post import Post, encode_posts

_POSTS_AT_ONCE = 10_000


class RecordingReader:
    """Blocks of lines -> the posts in them that count, as they count live.

    ``read`` is the number of all posts read. ``dropped`` counts what is left out, by reason.
    """

    def __init__(self, tracked: Tracked, hash_author: AuthorHash) -> None:
        """Read posts of ``tracked`` languages (None: every language)."""
        self.dropped: Counter[str] = Counter()
        self.read = 0
        self._tracked = tracked
        self._hash_author = hash_author

    def posts(self, block: Block) -> Iterator[list[Post]]:
        """Yield the posts of a block, in order, some at a time."""
        read = read_lines(block.lines, self._hash_author, self.dropped)
        while some := list(islice(read, _POSTS_AT_ONCE)):
            self.read += len(some)
            yield filter_posts(some, self._tracked, self.dropped)


def convert(
    recordings: Sequence[Path],
    folder: Path,
    reader: RecordingReader,
    report: Callable[[str], None],
    seconds: Callable[[], float] = monotonic,
) -> Conversion:
    """Write the posts of recordings into a folder, replacing its content.

    ``report`` gets a line of progress now and then, by the clock ``seconds``.

    Raises:
        RecordingError: a recording is damaged, or none has readable posts.
        OSError: a recording cannot be opened, or the folder cannot be written.
    """
    name = source_name(recordings)
    folder.mkdir(parents=True, exist_ok=True)
    _remove_posts(folder)
    days: Counter[date] = Counter()
    progress = _Progress(report, seconds)
    with _PostFiles(folder) as files:
        unreadable = [path for path in recordings if not _convert_one(path, reader, files, days, progress)]
    reasons = [f"{NO_READABLE_POSTS}: {why_unreadable(path)}" for path in unreadable]
    if not reader.read:
        raise RecordingError(reasons[0])
    for reason in reasons:
        report(reason)
    conversion = Conversion(name, dict(sorted(days.items())), dict(reader.dropped))
    write_conversion(folder, conversion)
    return conversion


def _convert_one(
    path: Path, reader: RecordingReader, files: "_PostFiles", days: Counter[date], progress: "_Progress"
) -> bool:
    """Write the posts of one recording, and count them by day. Return whether it has readable posts.

    Garbage after the posts is reported and loses no post.
    """
    read_before = reader.read
    with Recording(path) as recording:
        try:
            for block in recording.blocks():
                for posts in reader.posts(block):
                    files.write(encode_posts(posts))
                    days.update(post.created_at.date() for post in posts)
                progress.update(path, days.total(), recording.percent)
        except TrailingGarbageError as error:
            progress.report(str(error))
    return reader.read > read_before


def source_name(recordings: Sequence[Path]) -> str:
    """Return the stream's name: of one recording that of its replay, of several one that depends on their contents.

    Raises:
        OSError: a recording cannot be read.
        RecordingError: it is no regular file.
    """
    names = sorted({recording_name(path) for path in recordings})
    if len(names) == 1:
        return f"replay-{names[0]}"
    return f"replay-{len(names)}-files-{zlib.crc32(' '.join(names).encode()):08x}"


def _remove_posts(folder: Path) -> None:
    # CONVERSION first, so that an incomplete folder never looks complete.
    (folder / CONVERSION).unlink(missing_ok=True)
    for path in posts_files(folder):
        path.unlink()


class _PostFiles:
    """The files of posts of one folder. A new file begins when the next lines would make one too long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def write(self, lines: bytes) -> None:
        """Append whole lines, much shorter than POSTS_FILE_BYTES."""
        if self._file is None or self._file.tell() + len(lines) > POSTS_FILE_BYTES:
            if self._file:
                self._file.close()
            self._file = posts_file(self._folder, self._count).open("wb")
            self._count += 1
        self._file.write(lines)


class _Progress:
    """Reports a line every few seconds of a long conversion."""

    def __init__(self, report: Callable[[str], None], seconds: Callable[[], float]) -> None:
        self.report = report
        self._seconds = seconds
        self._reported_at = seconds()

    def update(self, path: Path, posts: int, percent: float) -> None:
        """Report the progress, unless the last report was a moment ago."""
        if self._seconds() - self._reported_at >= PROGRESS_SECONDS:
            self._reported_at = self._seconds()
            self.report(f"reading {path.name}: {percent:.0f}% of the file, {posts:,} posts in all")


def main() -> None:
    """Convert. A problem that a person must solve is one line and exit code 1."""
    restrict_new_files()
    load_dotenv()
    parser = argparse.ArgumentParser(prog="python -m collector.convert", description="Recordings to files of posts.")
    parser.add_argument(
        "recordings", metavar="FILE", type=Path, nargs="+", help="recorded posts as JSON, plain, .gz or .zst"
    )
    parser.add_argument("--into", metavar="FOLDER", type=Path, required=True, help="a folder for the posts")
    arguments = parser.parse_args()
    data_dir = Environment(os.environ).data_dir()
    tracked = LanguageFollower(data_dir / "tracked_languages.json").tracked()
    try:
        # This key is never written: one run reads all posts of a day.
        reader = RecordingReader(tracked, derived_hash(secrets.token_bytes(KEY_BYTES)))
        convert(arguments.recordings, arguments.into, reader, lambda line: print(line, flush=True))
    except RecordingError as error:
        sys.exit(f"collector: {error}")
    except OSError as error:
        sys.exit(f"collector: {error.filename or 'the system'}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(1)


if __name__ == "__main__":
    main()
