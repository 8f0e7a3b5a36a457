"""Ids when the machine's clock misbehaves, and from several threads."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from eaa.adapters.system.ids import UlidIds


def test_ids_keep_their_order_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, now_ns = UlidIds(), 1_800_000_000_000_000_000
    times = iter([now_ns, now_ns - 3_600_000_000_000, now_ns])
    monkeypatch.setattr(time, "time_ns", lambda: next(times))

    made = [ids.new("run") for _ in range(3)]

    assert made == sorted(set(made))


def test_threads_never_get_the_same_id() -> None:
    ids = UlidIds()
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: ids.new("run"), range(4000)))

    assert len(set(made)) == 4000
