"""The delay before the next request to X after each kind of failure."""

from collector.sources.x.failures import XBackoff, XError

NOW = 1_000_000.0
NETWORK, SERVER, TOO_MANY = XError("broke"), XError("503", 503), XError("429", 429)


def waits(backoff: XBackoff, error: XError, times: int) -> list[float]:
    return [backoff.seconds_after(error, NOW) for _ in range(times)]


def test_each_kind_of_failure_has_a_backoff_of_its_own():
    backoff = XBackoff()
    assert waits(backoff, NETWORK, 4) == [0.25, 0.5, 0.75, 1]
    assert waits(backoff, TOO_MANY, 6) == [60, 120, 240, 480, 900, 900]
    assert waits(backoff, SERVER, 8) == [5, 10, 20, 40, 80, 160, 320, 320]
    assert waits(backoff, NETWORK, 100)[-1] == 16


def test_a_sane_reset_time_is_the_delay():
    assert XBackoff().seconds_after(XError("429", 429, int(NOW) + 700), NOW) == 700
    for absurd in (0, int(NOW) - 5, int(NOW) + 901, 10**12):
        assert XBackoff().seconds_after(XError("429", 429, absurd), NOW) == 60


def test_a_reset_time_at_which_x_refuses_again_does_not_shorten_the_backoff():
    backoff = XBackoff()
    soon, later = XError("429", 429, int(NOW) + 1), XError("429", 429, int(NOW) + 700)
    assert [backoff.seconds_after(error, NOW) for error in (soon, soon, soon, later, soon)] == [1, 60, 120, 700, 480]


def test_a_response_resets_failures_of_x_and_a_healthy_connection_resets_all():
    backoff = XBackoff()
    for error in (NETWORK, SERVER, TOO_MANY):
        waits(backoff, error, 3)
    backoff.on_response()
    assert [backoff.seconds_after(error, NOW) for error in (NETWORK, SERVER, TOO_MANY)] == [1, 5, 60]
    backoff.reset()
    assert [backoff.seconds_after(error, NOW) for error in (NETWORK, SERVER, TOO_MANY)] == [0.25, 5, 60]


def test_a_refused_token_waits_for_a_person():
    assert waits(XBackoff(), XError("401", 401), 3) == [300, 300, 300]
