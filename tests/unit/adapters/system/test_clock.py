"""The clock when the machine's own is set back."""

from datetime import UTC, datetime

import pytest

from eaa.adapters.system import clock as clock_module
from eaa.adapters.system.clock import SystemClock


def test_a_clock_that_is_set_back_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    late, early = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    times = iter([late, early])

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return next(times)

    clock = SystemClock()
    monkeypatch.setattr(clock_module, "datetime", SetBack)

    assert [clock.now(), clock.now()] == [late, late]
