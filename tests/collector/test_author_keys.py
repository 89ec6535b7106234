"""The keys of author hashes: one a day, the same after a crash, gone after the day."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.author_keys import ABANDONED, KEY_BYTES, AuthorKeyError, LiveKeys, RecordingKeys, derived_hash
from collector.log import Commit
from contract.socket_protocol import DaySpan
from tests.collector.made_up import HASH_AUTHOR, NOON

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def live(data_dir: Path, now: datetime = NOON, clock: datetime | None = NOON) -> LiveKeys:
    """The keys of a live stream that stands at ``clock``, as a start of its collector loads them."""
    keys = LiveKeys(data_dir, HOUR, lambda: now)
    keys.load("bluesky", Commit(clock=clock))
    return keys


def files(data_dir: Path) -> dict[str, list[str]]:
    return {
        folder.name: sorted(path.name for path in folder.iterdir()) for folder in (data_dir / "author_keys").glob("*")
    }


def test_an_account_has_one_hash_a_day_that_nobody_can_link_to_the_next(tmp_path):
    keys = live(tmp_path)
    ann = keys.hash_author("ann", NOON)
    assert ann == keys.hash_author("ann", NOON + HOUR) != keys.hash_author("ann", MIDNIGHT)
    assert re.fullmatch(r"[0-9a-f]{16}", keys.hash_author("دخول", NOON))
    assert len({keys.hash_author(str(i), NOON) for i in range(10_000)}) == 10_000
    assert live(tmp_path / "elsewhere").hash_author("ann", NOON) != ann


def test_a_key_that_was_stored_before_a_commit_survives_a_crash_and_only_its_owner_can_read_it(tmp_path):
    before = live(tmp_path)
    ann = before.hash_author("ann", NOON)
    assert files(tmp_path) == {}
    before.store()
    path = tmp_path / "author_keys" / "bluesky" / "2026-03-04.key"
    assert (len(path.read_bytes()), path.stat().st_mode & 0o777) == (KEY_BYTES, 0o600)
    assert live(tmp_path).hash_author("ann", NOON) == ann


def test_a_disk_that_refuses_the_key_refuses_the_commit_and_the_key_stays_the_same(tmp_path):
    blocker = tmp_path / "author_keys"
    blocker.write_text("not a folder")
    keys = live(tmp_path)
    ann = keys.hash_author("ann", NOON)
    for _ in range(2):
        with pytest.raises(OSError, match="author_keys"):
            keys.store()
    blocker.unlink()
    keys.store()
    assert keys.hash_author("ann", NOON) == live(tmp_path).hash_author("ann", NOON) == ann


def test_a_key_is_deleted_when_its_day_can_take_no_more_posts(tmp_path):
    keys = live(tmp_path, now=MIDNIGHT)
    before_midnight, after = keys.hash_author("ann", NOON), keys.hash_author("ann", MIDNIGHT)
    keys.store()
    keys.forget(Commit(clock=MIDNIGHT + HOUR))
    assert files(tmp_path) == {"bluesky": ["2026-03-04.key", "2026-03-05.key"]}
    assert live(tmp_path, MIDNIGHT, MIDNIGHT + HOUR).hash_author("ann", NOON) == before_midnight
    keys.forget(Commit(clock=MIDNIGHT + 2 * HOUR))
    assert files(tmp_path) == {"bluesky": ["2026-03-05.key"]}
    assert keys.hash_author("ann", NOON) != before_midnight
    assert keys.hash_author("ann", MIDNIGHT) == after
    keys.store()
    assert files(tmp_path) == {"bluesky": ["2026-03-05.key"]}


def test_a_key_whose_deletion_a_crash_prevented_is_deleted_at_the_next_start(tmp_path):
    keys = live(tmp_path)
    keys.hash_author("ann", NOON)
    keys.store()
    live(tmp_path, now=MIDNIGHT + 3 * HOUR, clock=MIDNIGHT + 3 * HOUR)
    assert files(tmp_path) == {"bluesky": []}


def test_posts_with_absurd_times_create_no_keys(tmp_path):
    keys = live(tmp_path)
    hashes = {keys.hash_author("ann", NOON + timedelta(days=days)) for days in (-9_000, -30, 2, 9_000)}
    assert len(hashes) == 1
    keys.store()
    assert files(tmp_path) == {}


def test_after_an_outage_of_days_the_old_days_still_have_keys(tmp_path):
    keys = live(tmp_path, now=NOON + 3 * DAY, clock=NOON)
    of_days = [keys.hash_author("ann", NOON + days * DAY) for days in range(4)]
    keys.store()
    again = live(tmp_path, now=NOON + 3 * DAY, clock=NOON)
    assert [again.hash_author("ann", NOON + days * DAY) for days in range(4)] == of_days
    assert len(set(of_days)) == 4


def test_networks_have_keys_of_their_own_and_those_of_a_network_that_no_longer_runs_are_deleted(tmp_path):
    now = datetime.now(UTC)
    old, recent = LiveKeys(tmp_path, HOUR), LiveKeys(tmp_path, HOUR)
    for name, keys in {"mastodon": old, "x": recent}.items():
        keys.load(name, Commit())
        keys.hash_author("ann", now)
        keys.store()
    assert old.hash_author("ann", now) != recent.hash_author("ann", now)
    (key,) = (tmp_path / "author_keys" / "mastodon").iterdir()
    long_ago = (now - ABANDONED - HOUR).timestamp()
    os.utime(key, (long_ago, long_ago))
    live(tmp_path)
    assert files(tmp_path) == {"mastodon": [], "x": [f"{now:%Y-%m-%d}.key"]}


def test_the_permanent_key_of_older_versions_is_deleted(tmp_path, caplog):
    (tmp_path / "author.key").write_bytes(b"k" * KEY_BYTES)
    with caplog.at_level("INFO"):
        live(tmp_path)
    assert not (tmp_path / "author.key").exists()
    assert "author keys now change daily" in caplog.text


def test_a_damaged_key_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "author_keys" / "bluesky" / "2026-03-04.key"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"short")
    with pytest.raises(AuthorKeyError, match=r"2026-03-04\.key is not a key of 32 bytes: restore it, or remove it"):
        live(tmp_path)


def recording(data_dir: Path, committed: Commit) -> RecordingKeys:
    keys = RecordingKeys(data_dir)
    keys.load("replay-a", committed)
    return keys


def test_a_recording_has_one_key_for_all_its_days_until_it_ends(tmp_path):
    keys = recording(tmp_path, Commit())
    hashes = {keys.hash_author("ann", NOON + days * DAY) for days in range(100)}
    keys.store()
    assert len(hashes) == 100
    assert files(tmp_path) == {"replay-a": ["recording.key"]}
    in_the_middle = Commit(clock=MIDNIGHT, days={NOON.date(): DaySpan(0, 5), MIDNIGHT.date(): DaySpan(5)})
    keys.forget(in_the_middle)
    assert recording(tmp_path, in_the_middle).hash_author("ann", NOON) in hashes
    keys.forget(Commit(clock=MIDNIGHT, days={MIDNIGHT.date(): DaySpan(5, 9)}))
    assert files(tmp_path) == {"replay-a": []}


def test_derived_keys_differ_by_day_and_by_their_key():
    other = derived_hash(b"1" * KEY_BYTES)
    hashes = {hashed("ann", moment) for hashed in (HASH_AUTHOR, other) for moment in (NOON, MIDNIGHT)}
    assert len(hashes) == 4
