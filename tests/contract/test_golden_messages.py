"""Each message on the wire. A change here means that its readers must change as well."""

from pathlib import Path

import msgspec
import pytest

from contract.pairs import decode_partners, encode_partners
from contract.post import Post, encode_posts
from contract.race import decode_frame, encode_frames
from contract.ranking import decode_ranking, encode_ranking
from contract.socket_protocol import StreamStatus, decode_request, encode_line
from contract.status import ArchiveStatus, CollectorStatus, StreamingStatus, TrackedLanguages

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def lines(name: str) -> list[bytes]:
    return (GOLDEN / name).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("line", lines("post.ndjson"))
def test_a_post_decodes_and_encodes_to_the_golden_bytes(line):
    assert encode_posts([msgspec.json.decode(line, type=Post)]) == line


@pytest.mark.parametrize("line", lines("ranking.ndjson"))
def test_a_ranking_decodes_and_encodes_to_the_golden_bytes(line):
    assert encode_ranking(decode_ranking(line)) + b"\n" == line


@pytest.mark.parametrize("line", lines("pairs.ndjson"))
def test_the_hashtags_used_together_decode_and_encode_to_the_golden_bytes(line):
    assert encode_partners(decode_partners(line)) + b"\n" == line


@pytest.mark.parametrize("line", lines("race.ndjson"))
def test_a_race_frame_decodes_and_encodes_to_the_golden_bytes(line):
    assert encode_frames([decode_frame(line)]) == line


@pytest.mark.parametrize("line", lines("requests.ndjson"))
def test_a_request_decodes_and_encodes_to_the_golden_bytes(line):
    assert encode_line(decode_request(line)) == line


@pytest.mark.parametrize("line", lines("tracked_languages.ndjson"))
def test_tracked_languages_decode_and_encode_to_the_golden_bytes(line):
    assert msgspec.json.encode(msgspec.json.decode(line, type=TrackedLanguages)) + b"\n" == line


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("collector_status.json", CollectorStatus),
        ("streaming_status.json", StreamingStatus),
        ("archive_status.json", ArchiveStatus),
        ("stream_status.json", StreamStatus),
    ],
)
def test_a_status_decodes_and_encodes_to_the_golden_bytes(name, kind):
    (line,) = lines(name)
    assert msgspec.json.encode(msgspec.json.decode(line, type=kind)) + b"\n" == line
