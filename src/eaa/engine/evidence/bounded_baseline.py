"""A first look at a project's tests that ends in time: as many runs of the baseline as fit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from eaa.domain.brief import Baseline
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import TestSuite
from eaa.domain.test_report import Outcome, TestResult
from eaa.engine.evidence.baseline import baseline_of
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import SEEDS, Observation, observe


@dataclass(frozen=True, slots=True)
class BoundedBaseline:
    """What the runs showed that fitted into the time."""

    baseline: Baseline | None
    """None when not even one run ended. Out of one run nothing is known to be flaky."""
    runs: int


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
            if seen and clock.time() + seen[-1].duration_s > end_at:
                break
            try:
                async with asyncio.timeout_at(end_at):
                    seen.append(await observe(lab, workspace, [(suite, None) for suite in suites], seeds=(seed,)))
            except TimeoutError:
                break
            if seen[-1].is_fault:
                break
    return BoundedBaseline(baseline_of(_joined(seen)) if seen else None, len(seen))


def _joined(seen: Sequence[Observation]) -> Observation:
    results: dict[TestId, tuple[TestResult, ...]] = {}
    for test in dict.fromkeys(test for one in seen for test in one.results):
        missing = (TestResult(test=test, outcome=Outcome.MISSING),)
        results[test] = tuple(result for one in seen for result in one.results.get(test, missing))
    faults = tuple(dict.fromkeys(fault for one in seen for fault in one.faults))
    return Observation(results=results, covered={}, duration_s=max(one.duration_s for one in seen), faults=faults)
