"""Every manner of tearing leaves a spool that opens again, with what was committed and nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.log.spool import Spool
from contract.post import Post
from tests.torture.plan import MANNERS_OF_TEARING
from tests.torture.tortured import tear

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize("manner", range(MANNERS_OF_TEARING))
def test_a_torn_tail_is_cut(tmp_path: Path, manner: int) -> None:
    spool = Spool(tmp_path, "replay", 2**30)
    spool.append([Post("m1", NOON, "en", ["tea"])], {})
    spool.commit({"offset": 1}, 0, NOON, NOON.date())
    spool.close()
    before = {path.name: path.read_bytes() for path in tmp_path.glob("0*")}
    tear(tmp_path, manner)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("0*")} != before
    Spool(tmp_path, "replay", 2**30).close()
    assert {path.name: path.read_bytes() for path in tmp_path.glob("0*")} == before
