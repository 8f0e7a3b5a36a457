"""A first look at a project's tests that ends in time: as many runs of the baseline as fit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eaa.domain.brief import Baseline
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import TestSuite
from eaa.domain.test_report import Outcome, TestResult
from eaa.engine.evidence.baseline import baseline_of
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import NOTHING_SEEN, SEEDS, Observation, observe

_LEAST_S = 1.0
_GRACE_S = 15.0
"""For a sandbox to end what has to be ended, and for its workspace to be laid out."""


@dataclass(frozen=True, slots=True)
class BoundedBaseline:
    """What the runs showed that fitted into the time."""

    baseline: Baseline | None
    """Out of one run nothing is known to be flaky. When not even one ended: the tests that did. None: not one did."""
    runs: int
    """How many runs ended."""
    cut_in: TestId | None = None
    """The test that was running when the time ended, if no run did."""


async def measure_within(
    limit_s: float, *, lab: Lab, commit: CommitId, suites: tuple[TestSuite, ...]
) -> BoundedBaseline:
    """Run the suites in varied order, at most as often as the baseline of a task does, and stop at the limit.

    A run that would surely pass the limit, judged by the one before it, is not started, nor
    a second one when no test of the first could start.

    Args:
        limit_s: Seconds for all runs together.
        lab: Where they run.
        commit: What is tested.
        suites: Run in full.
    """
    clock = asyncio.get_running_loop()
    end_at = clock.time() + limit_s
    seen: list[Observation] = []
    async with lab.workspaces.open(lab.repository, commit) as workspace:
        for seed in SEEDS:
            left_s = end_at - clock.time()
            if seen and seen[-1].duration_s > left_s:
                break
            selection = [(suite, None) for suite in suites]
            try:
                async with asyncio.timeout_at(end_at + _GRACE_S):
                    one = await observe(lab, workspace, selection, seeds=(seed,), timeout_s=max(_LEAST_S, left_s))
            except TimeoutError:
                one = _nothing_in(limit_s)
            if _is_cut(one, left_s):
                return _as_far_as(one) if not seen else _told(seen)
            seen.append(one)
            if one.is_fault:
                break
            lab.progress.noted(f"run {len(seen)} of {len(SEEDS)}: {len(one.results)} tests, {one.duration_s:.1f} s")
    return _told(seen)


def _is_cut(seen: Observation, limit_s: float) -> bool:
    is_hanging = any(result.outcome is Outcome.TIMED_OUT for results in seen.results.values() for result in results)
    return is_hanging or seen.duration_s >= limit_s


def _nothing_in(limit_s: float) -> Observation:
    return replace(NOTHING_SEEN, duration_s=limit_s)


def _as_far_as(seen: Observation) -> BoundedBaseline:
    """Return what is known after a first run that did not end."""
    hanging = [test for test, (result, *_) in seen.results.items() if result.outcome is Outcome.TIMED_OUT]
    ended = {test: results for test, results in seen.results.items() if test not in hanging}
    cut_in = hanging[0] if hanging else None
    return BoundedBaseline(baseline_of(replace(seen, results=ended, faults=())) if ended else None, 0, cut_in)


def _told(seen: Sequence[Observation]) -> BoundedBaseline:
    return BoundedBaseline(baseline_of(_joined(seen)), len(seen))


def _joined(seen: Sequence[Observation]) -> Observation:
    results: dict[TestId, tuple[TestResult, ...]] = {}
    for test in dict.fromkeys(test for one in seen for test in one.results):
        missing = (TestResult(test=test, outcome=Outcome.MISSING),)
        results[test] = tuple(result for one in seen for result in one.results.get(test, missing))
    faults = tuple(dict.fromkeys(fault for one in seen for fault in one.faults))
    return Observation(results=results, covered={}, duration_s=max(one.duration_s for one in seen), faults=faults)
