"""A closed day's recorded race -> one file for storage, and packed frames for the database.

Beside trendsite.history.export. The same recording and counts always give the same bytes.
"""

import gzip
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from contract.race import PLACES, Frame, FramePlace, encode_frames, end_of, latest_frames, read_frames
from trendsite.history.packed_frames import pack
from trendsite.history.summary import DaySummary, LanguageSummary

RACE_NAME = "race.ndjson.gz"


def export_race(recording: Path, day: date, summary: DaySummary, target: Path) -> dict[str, bytes]:
    """Write the frames of a day to ``target``, language by language; return them packed, by language.

    Each language ends with the day's final counts. A day without a recording has no file, and nothing is returned.

    Raises:
        OSError: the recording cannot be read, or the file not written.
    """
    target.unlink(missing_ok=True)
    if not latest_frames(recording):
        return {}
    packed = {}
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as lines:
        # One language in memory at a time: all of them can take hundreds of MiB.
        for language, total in sorted(summary.languages.items()):
            final = _final_frame(day, language, total)
            frames = _ending_with(final, read_frames(recording, language))
            lines.write(encode_frames(frames))
            packed[language] = pack(frames)
    return packed


def _final_frame(day: date, language: str, total: LanguageSummary) -> Frame:
    top = [FramePlace(top.key, top.hashtag, top.posts) for top in total.top[:PLACES]]
    return Frame(end_of(day), language, total.posts, top)


def _ending_with(final: Frame, recorded: Iterable[Frame]) -> list[Frame]:
    """Leave out what the last moment replaces, and frames of a counting that was given up, which had more posts."""
    return [*(frame for frame in recorded if frame.at < final.at and frame.posts <= final.posts), final]
