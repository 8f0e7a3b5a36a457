"""The figures behind `eaa bench sandbox` are taken from real commands."""

import pytest

from eaa.adapters.sandbox.bench import bench_sandbox
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from tests.support.sandbox import require_bubblewrap


@pytest.mark.sandbox
async def test_the_bench_measures_with_and_without() -> None:
    require_bubblewrap()

    figures = await bench_sandbox(BubblewrapSandbox(), runs=3)

    assert (figures.kind, figures.runs) == ("bubblewrap", 3)
    assert 0 < figures.bare.p50_ms <= figures.bare.p90_ms
    assert 0 < figures.sandboxed.p50_ms <= figures.sandboxed.p90_ms
    assert figures.output_mib_per_s > 0
