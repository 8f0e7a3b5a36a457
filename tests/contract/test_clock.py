"""What every clock promises."""

from datetime import timedelta

from eaa.ports.clock import Clock


def test_now_is_aware_and_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)


def test_time_never_runs_backwards(clock: Clock) -> None:
    times = [clock.now() for _ in range(1000)]

    assert times == sorted(times)


def test_durations_never_run_backwards(clock: Clock) -> None:
    moments = [clock.monotonic_s() for _ in range(1000)]

    assert moments == sorted(moments)
