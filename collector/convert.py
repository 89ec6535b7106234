"""``python -m collector.convert FILE... --into FOLDER``: recordings -> the files that ``streaming.backfill`` counts.

What is dropped live for a post's own sake is dropped here as well: lines that are too long or no post,
languages that are not tracked, hashtags in excess. Order does not matter here, so no post is late.
"""

import argparse
import os
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self

from dotenv import load_dotenv

from collector.acceptance import Tracked, accepted
from collector.authors import AuthorHash, AuthorKeyError, author_hash, author_key
from collector.languages import Languages
from collector.sources.recorded_lines import Block, Recording, RecordingError, recording_name
from collector.sources.recorded_post import read_post
from contract.backfill import CONVERSION, POSTS_FILE_BYTES, Conversion, posts_file, posts_files, write_conversion
from contract.environment import Environment
from contract.post import Post, encode_posts

_PROGRESS_SECONDS = 5.0


class Reader:
    """Blocks of lines -> the posts in them that count, as they count live; ``dropped`` says what else there was."""

    def __init__(self, tracked: Tracked, hashed: AuthorHash) -> None:
        """Take ``tracked`` languages (None: every one); ``hashed`` makes of account ids what they are in posts."""
        self.dropped: Counter[str] = Counter()
        self._tracked = tracked
        self._hashed = hashed

    def posts(self, block: Block) -> list[Post]:
        """Return the posts of a block, in order."""
        read = (read_post(line, self._hashed, self.dropped) for line in block.lines if line)
        return accepted([post for post in read if post], self._tracked, self.dropped)


def convert(
    recordings: Sequence[Path],
    folder: Path,
    reader: Reader,
    say: Callable[[str], None],
    seconds: Callable[[], float] = monotonic,
) -> Conversion:
    """Write the posts of some recordings into a folder, in place of what was in it.

    ``say`` takes a line of progress now and then, by the clock ``seconds``.

    Raises:
        RecordingError: a recording is damaged.
        OSError: a recording cannot be opened, or the folder cannot be written.
    """
    name = source_name(recordings)
    folder.mkdir(parents=True, exist_ok=True)
    _empty(folder)
    days: Counter[date] = Counter()
    progress = _Progress(say, seconds)
    with _PostFiles(folder) as files:
        for path in recordings:
            with Recording(path) as recording:
                for block in recording.blocks():
                    posts = reader.posts(block)
                    files.write(encode_posts(posts))
                    days.update(post.created_at.date() for post in posts)
                    progress.tell(path, days.total(), recording.percent)
    conversion = Conversion(name, dict(sorted(days.items())), dict(reader.dropped))
    write_conversion(folder, conversion)
    return conversion


def source_name(recordings: Sequence[Path]) -> str:
    """Return the name of the stream of a recording, as its replay has it; of several, one by their contents.

    Raises:
        OSError: a recording cannot be read.
    """
    names = sorted({recording_name(path) for path in recordings})
    if len(names) == 1:
        return f"replay-{names[0]}"
    return f"replay-{len(names)}-files-{zlib.crc32(' '.join(names).encode()):08x}"


def _empty(folder: Path) -> None:
    # First of all, so that half a folder is never taken for a whole one.
    (folder / CONVERSION).unlink(missing_ok=True)
    for path in posts_files(folder):
        path.unlink()


class _PostFiles:
    """The files of posts of one folder, a new one whenever the next lines would make one too long."""

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
        """Append whole lines, of a small part of POSTS_FILE_BYTES."""
        if self._file is None or self._file.tell() + len(lines) > POSTS_FILE_BYTES:
            if self._file:
                self._file.close()
            self._file = posts_file(self._folder, self._count).open("wb")
            self._count += 1
        self._file.write(lines)


class _Progress:
    """A line every few seconds of a long conversion."""

    def __init__(self, say: Callable[[str], None], seconds: Callable[[], float]) -> None:
        self._say = say
        self._seconds = seconds
        self._told_at = seconds()

    def tell(self, path: Path, posts: int, percent: float) -> None:
        """Say how far it is, unless that was said a moment ago."""
        if self._seconds() - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = self._seconds()
            self._say(f"reading {path.name}: {percent:.0f}% of the file, {posts:,} posts in all")


def main() -> None:
    """Convert; a condition that a person must change is one line and exit code 1."""
    load_dotenv()
    parser = argparse.ArgumentParser(prog="python -m collector.convert", description="Recordings to files of posts.")
    parser.add_argument("recordings", metavar="FILE", type=Path, nargs="+", help="NDJSON, plain, .gz or .zst")
    parser.add_argument("--into", metavar="FOLDER", type=Path, required=True, help="a folder for the posts")
    arguments = parser.parse_args()
    data_dir = Environment(os.environ).data_dir()
    tracked = Languages(data_dir / "tracked_languages.json").tracked()
    try:
        reader = Reader(tracked, author_hash(author_key(data_dir)))
        convert(arguments.recordings, arguments.into, reader, lambda line: print(line, flush=True))
    except (RecordingError, AuthorKeyError) as error:
        sys.exit(f"collector: {error}")
    except OSError as error:
        sys.exit(f"collector: {error.filename or 'the system'}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(1)


if __name__ == "__main__":
    main()
