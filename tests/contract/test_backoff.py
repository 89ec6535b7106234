import pytest

from contract.backoff import Backoff, at_least

BACKOFF = Backoff(first=0.5, longest=15.0)


def test_delays_double_up_to_the_longest():
    assert [BACKOFF.ceiling(failures) for failures in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]


@pytest.mark.parametrize("failures", [1, 2, 10, 10_000])
def test_a_delay_is_half_random_and_bounded(failures: int):
    longest = BACKOFF.delay(failures, 1.0)
    assert longest <= BACKOFF.longest
    assert BACKOFF.delay(failures, 0.0) == longest / 2


@pytest.mark.parametrize("random", [0.0, 0.5, 0.999])
def test_jitter_never_shortens_a_delay_that_another_service_asks_for(random: float):
    assert 60 <= at_least(60, random) < 75
