"""A backup of a running Trendsite, restored elsewhere: the counts of its offset, and from there on every post once."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from collector.log.spool import Spool
from contract.files import counts_folder, spool_folder
from contract.post import fold
from launch.bundle import read_about
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from tests.end_to_end.whole_trendsite import PATIENCE_SECONDS, ROOT, Trendsite, wait_until

SOURCE = "simulator"
SETTINGS = {"SOURCE": SOURCE, "SIMULATOR_POSTS_PER_SECOND": "400", "SIMULATOR_PAST_DAYS": "0"}

Counts = Counter[tuple[str, str, str]]


def counted(data_dir: Path) -> tuple[int, Counts]:
    """Return the offset that the counts hold up to, and the posts by day, language and key."""
    with Snapshot(counts_folder(data_dir, SOURCE) / COUNTS_FILE) as snapshot:
        counts: Counts = Counter()
        for day in snapshot.days():
            for language in snapshot.languages(day):
                for key, found in snapshot.counts(day, language):
                    counts[str(day), language, key] = found.posts
        return snapshot.position.offset, counts


def flushed_offset(data_dir: Path) -> int:
    """Return the offset that is durable: of what is shown, the file gets a part every five seconds."""
    with Snapshot(counts_folder(data_dir, SOURCE) / COUNTS_FILE) as snapshot:
        return snapshot.position.offset


def expected(data_dir: Path, end: int) -> Counts:
    """Count the posts of a whole spool up to an offset, independently."""
    spool = Spool(spool_folder(data_dir, SOURCE), SOURCE, 2**40)
    lines = b"".join(spool.read(0, end)).splitlines()
    spool.close()
    counts: Counts = Counter()
    for post in map(json.loads, lines):
        for language in {post["lang"], "*"}:
            for key in ("", *dict.fromkeys(map(fold, post["hashtags"]))):
                counts[post["created_at"][:10], language, key] += 1
    return counts


def run_module(trendsite: Trendsite, *arguments: str) -> str:
    """Run a program of the launcher on a Trendsite's DATA_DIR; return its output."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=trendsite._settings, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_backup_while_everything_runs_has_the_counts_of_its_offset_and_counting_goes_on(tmp_path):
    bundle = tmp_path / "backup.tar.zst"
    other = Trendsite(**SETTINGS)
    with Trendsite(**SETTINGS) as original:
        wait_until(lambda: original.report("streaming").get("counted_offset", 0) > 200_000, "posts are counted")
        wait_until(lambda: flushed_offset(original.data_dir) > 200_000, "counts are durable")
        said = run_module(original, "launch.backup", "--to", str(bundle))
        assert "database: sqlite" in said
        [saved] = read_about(bundle).sources
        assert 0 < saved.counted_offset <= saved.end_offset
        end = original.reported("collector")["end_offset"]
        wait_until(lambda: original.report("collector").get("end_offset", 0) > end, "collecting goes on")
        original.stop()
        run_module(other, "launch.restore", str(bundle))
        assert counted(other.data_dir) == (saved.counted_offset, expected(original.data_dir, saved.counted_offset))
    with other:
        enough = saved.end_offset + 50_000
        wait_until(lambda: other.report("streaming").get("counted_offset", 0) > enough, "counting goes on")
        other.stop()
        offset, counts = counted(other.data_dir)
        assert offset > saved.end_offset
        assert counts == expected(other.data_dir, offset)
