"""The race of a day: its ranking, moment by moment. Streaming writes it, archive and site read it.

There is one file a day, NDJSON with one :class:`Frame` a line. Lines are only appended. Readers skip torn and foreign
lines. A frame may be written again; then the last one counts. The archive reads the file.

The site reads the race of an open day from Redis, because it may run on another machine. Redis has a hash for each
language, with the frames of each UTC hour: the same lines, compressed.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

PLACES = 50
"""The most places of a frame."""

FRAME_MINUTES = 5
"""While a language gets posts, it has a frame at least every so many minutes of the stream's clock."""

# Four times the longest frame. A longer line is foreign and must not fill the memory.
_MAX_LINE_BYTES = 262_144


class FramePlace(NamedTuple):
    """One place: the hashtag's key, its spelling, and its posts since 00:00 UTC."""

    key: str
    hashtag: str
    posts: int


class Frame(msgspec.Struct):
    """The ranking of one language (``*`` for all) at one moment of the day.

    ``at`` is event time, UTC, in whole seconds. ``posts`` counts every post since 00:00 UTC. ``top`` has at most PLACES
    places, most posts first, equal ones by key.
    """

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    language: str
    posts: int
    top: Annotated[list[FramePlace], msgspec.Meta(max_length=PLACES)]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Frame)


def encode_frames(frames: Iterable[Frame]) -> bytes:
    """Return the frames as lines, each with its newline."""
    return _encoder.encode_lines(frames)


def decode_frame(line: bytes) -> Frame:
    """Return the frame in a line.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: the line is not a frame.
    """
    return _decoder.decode(line)


def race_file(data_dir: Path, source: str, day: date) -> Path:
    """Return the file with a day's frames."""
    return data_dir / "race" / source / f"{day.isoformat()}.ndjson"


def race_files(data_dir: Path) -> list[tuple[str, date, Path]]:
    """Return (source, day, file) for every file, oldest day first."""
    found = []
    for path in (data_dir / "race").glob("*/*.ndjson"):
        try:
            found.append((path.parent.name, date.fromisoformat(path.stem), path))
        except ValueError:
            continue
    return sorted(found, key=lambda race: (race[1], race[0]))


def append_frames(path: Path, frames: Iterable[Frame]) -> None:
    """Append frames to a day's file.

    Raises:
        OSError: the disk is full or broken. Some frames may be written, the last of them in part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = encode_frames(frames)
    with path.open("ab") as file:
        file.write(b"\n" + lines if _is_torn(path) else lines)


def read_frames(path: Path, language: str | None = None) -> list[Frame]:
    """Return a day's frames, sorted by moment and language; only those of ``language`` if it is given.

    Without the file there are none.

    Raises:
        OSError: the file exists and cannot be read.
    """
    frames = {(frame.at, frame.language): frame for frame in _frames(path, language)}
    return [frames[moment] for moment in sorted(frames)]


def latest_frames(path: Path) -> dict[str, Frame]:
    """Return the last frame of each language in a day's file. Without the file there are none.

    Raises:
        OSError: the file exists and cannot be read.
    """
    latest: dict[str, Frame] = {}
    for frame in _frames(path, None):
        if frame.language not in latest or frame.at >= latest[frame.language].at:
            latest[frame.language] = frame
    return latest


def pack_hours(frames: Iterable[Frame]) -> dict[str, bytes]:
    """Return the frames of one language by UTC hour (``07``), as Redis has them."""
    hours: defaultdict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        hours[f"{frame.at.hour:02}"].append(frame)
    return {hour: zlib.compress(encode_frames(of_hour)) for hour, of_hour in hours.items()}


def unpack_hours(hours: Mapping[bytes, bytes]) -> list[Frame]:
    """Return the frames of ``pack_hours``, oldest first, without hours and lines that cannot be read."""
    frames: dict[datetime, Frame] = {}
    for hour in sorted(hours):
        try:
            lines = zlib.decompress(hours[hour]).splitlines()
        except zlib.error:
            continue
        frames |= {frame.at: frame for frame in _decoded(lines)}
    return list(frames.values())


def end_of(day: date) -> datetime:
    """Return the last moment of a frame of the day. Posts of the day that are counted later belong to it."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def _frames(path: Path, language: str | None) -> Iterator[Frame]:
    # Most lines are of another language. Not decoding them makes this ten times as fast.
    wanted = b'"language":' + (_encoder.encode(language) if language else b"")
    for frame in _decoded(line for line in _lines(path) if wanted in line):
        if language in (None, frame.language):
            yield frame


def _decoded(lines: Iterable[bytes]) -> Iterator[Frame]:
    for line in lines:
        try:
            yield decode_frame(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while line := file.readline(_MAX_LINE_BYTES):
                yield line
    except FileNotFoundError:
        return


def _is_torn(path: Path) -> bool:
    """Return whether the last line has no newline. The next line must not become a part of it."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            return False
        file.seek(-1, 2)
        return file.read(1) != b"\n"
