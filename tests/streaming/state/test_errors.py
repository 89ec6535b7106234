from pathlib import Path

from streaming.state.errors import RecoveryError, before_beginning, beyond_end, damaged


def store(tmp_path: Path) -> Path:
    return tmp_path / "my var" / "counts" / "x" / "counts.sqlite"


def test_each_error_is_one_line_with_commands_for_its_own_folders(tmp_path: Path):
    var = f"{tmp_path}/my var"
    removed = (
        f": rm -f '{var}/counts/x/counts.sqlite' '{var}/counts/x/counts.sqlite-wal' '{var}/counts/x/counts.sqlite-shm'"
    )
    anew = f": mv '{var}/spool/x' '{var}/spool/x.incomplete' && rm -rf '{var}/counts/x'"
    errors = [
        (damaged(store(tmp_path), "it is damaged (a b)"), removed),
        (beyond_end(store(tmp_path), 9, 5), removed),
        (before_beginning(store(tmp_path), 5, 9), anew),
    ]
    for error, command in errors:
        assert isinstance(error, RecoveryError)
        assert str(error).endswith(command)
        assert "\n" not in str(error)


def test_a_damaged_store_is_counted_again_from_the_spool(tmp_path: Path):
    message = str(damaged(store(tmp_path), "it is damaged (a b)"))
    assert message.startswith("it is damaged (a b): stop Trendsite, remove it, and the open days are counted again")


def test_a_stream_that_does_not_match_is_named_with_both_offsets(tmp_path: Path):
    assert "has counted up to offset 9, but the stream of x ends at 5" in str(beyond_end(store(tmp_path), 9, 5))
    assert "counting x needs posts from offset 5 on, but its spool begins at 9" in str(
        before_beginning(store(tmp_path), 5, 9)
    )
