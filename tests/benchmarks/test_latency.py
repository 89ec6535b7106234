"""When latency cannot be measured."""

from datetime import UTC, datetime

import pytest

from benchmarks.harness import BenchmarkError
from benchmarks.latency import refuse_around_midnight


@pytest.mark.parametrize("clock", ["00:00", "00:09", "23:50", "23:59"])
def test_latency_is_not_measured_around_midnight(clock):
    with pytest.raises(BenchmarkError, match="midnight"):
        refuse_around_midnight(datetime.fromisoformat(f"2026-01-05T{clock}").replace(tzinfo=UTC))


def test_latency_is_measured_at_other_times_if_it_ends_before_midnight():
    refuse_around_midnight(datetime(2026, 1, 5, 0, 10, tzinfo=UTC))
    refuse_around_midnight(datetime(2026, 1, 5, 23, 40, tzinfo=UTC), seconds=300)
    with pytest.raises(BenchmarkError):
        refuse_around_midnight(datetime(2026, 1, 5, 23, 40, tzinfo=UTC), seconds=700)
