"""Running tests several times and keeping what was seen, test by test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eaa.domain.command import CommandEnd
from eaa.domain.evidence import RUNS_PER_SIDE
from eaa.domain.ids import TestId
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange
from eaa.domain.test_report import Outcome, TestReport, TestResult
from eaa.domain.workspace import Workspace
from eaa.engine.evidence.lab import Lab
from eaa.ports.toolchain import Measure, TestRun

SEEDS = tuple(range(RUNS_PER_SIDE))
SUITE_TIMEOUT_S = 300.0
"""Of one run of one suite. A suite that hangs costs one of these on each side, and no more."""

Selection = Sequence[tuple[TestSuite, tuple[TestId, ...] | None]]
"""Suites, and which of their tests to run; None runs all."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What several runs showed."""

    results: Mapping[TestId, tuple[TestResult, ...]]
    """One result a run, in the order of the seeds; a test that did not run in one of them is *missing* there."""
    covered: Mapping[str, frozenset[int]]
    """Lines executed by path, when it was measured."""
    duration_s: float
    """Of one run, all suites together."""
    faults: tuple[str, ...] = ()
    """Why suites could not start at all, one sentence each."""

    @property
    def is_fault(self) -> bool:
        """Whether not a single test could start, for reasons that `faults` has."""
        return bool(self.faults) and not self.results

    def of(self, test: TestId) -> tuple[TestResult, ...]:
        """Return a test's results; *missing* in every run when it never ran."""
        return self.results.get(test) or (TestResult(test=test, outcome=Outcome.MISSING),) * RUNS_PER_SIDE

    def named(self, test: TestId) -> tuple[TestId, ...]:
        """Return the tests that ran under a name: itself, or all its parameters."""
        prefix = f"{test}["
        parameters = tuple(ran for ran in self.results if ran.startswith(prefix))
        return parameters or ((test,) if test in self.results else ())


NOTHING_SEEN = Observation(results={}, covered={}, duration_s=0.0)


async def observe(
    lab: Lab,
    workspace: Workspace,
    selection: Selection,
    *,
    seeds: Sequence[int] = SEEDS,
    measure: Measure = Measure.OUTCOMES,
    overlay: tuple[FileChange, ...] = (),
    timeout_s: float = SUITE_TIMEOUT_S,
) -> Observation:
    """Run the selected tests once a seed and return what was seen. Only the first run measures."""
    reports: list[tuple[TestReport, ...]] = []
    for suite, tests in selection:
        if tests == ():
            continue
        runs = [
            TestRun(
                workspace=workspace,
                environment=lab.environment,
                suite=suite,
                tests=tests,
                order_seed=seed,
                measure=measure if seed == seeds[0] else Measure.OUTCOMES,
                timeout_s=timeout_s,
                overlay=overlay,
            )
            for seed in seeds
        ]
        reports.append(await _run_all(lab, runs))
    return _summed(reports)


async def _run_all(lab: Lab, runs: Sequence[TestRun]) -> tuple[TestReport, ...]:
    """Run a suite once a seed. A run that had to be ended would hang again, so it stands for those after it."""
    reports: list[TestReport] = []
    for run in runs:
        if reports and reports[-1].end is CommandEnd.TIMED_OUT:
            reports.append(reports[-1])
            continue
        report = await lab.toolchain.run_tests(run)
        if report.end is CommandEnd.TIMED_OUT:
            hanging = [result.test for result in report.results if result.outcome is Outcome.TIMED_OUT]
            named = f", in {hanging[0]}" if hanging else ""
            lab.progress.noted(f"the tests did not end within {run.timeout_s:.0f} s{named}; they are not run again")
        reports.append(report)
        if report.fault and report.fault not in [before.fault for before in reports[:-1]]:
            lab.progress.noted(f"{run.suite.root}: {report.fault}" if run.suite.root != "." else report.fault)
    return tuple(reports)


def _summed(reports: Sequence[tuple[TestReport, ...]]) -> Observation:
    results: dict[TestId, tuple[TestResult, ...]] = {}
    covered: dict[str, frozenset[int]] = {}
    duration_s = 0.0
    for runs in reports:
        duration_s += max(run.duration_s for run in runs)
        by_test = [{result.test: result for result in run.results} for run in runs]
        for test in dict.fromkeys(test for seen in by_test for test in seen):
            missing = TestResult(test=test, outcome=Outcome.MISSING)
            # Two suites may use one name: then its results are those of both, and stable only when all agree.
            results[test] = results.get(test, ()) + tuple(seen.get(test, missing) for seen in by_test)
        for run in runs:
            for path, lines in run.covered_lines:
                covered[path] = covered.get(path, frozenset()) | frozenset(lines)
    faults = tuple(dict.fromkeys(run.fault for runs in reports for run in runs if run.fault))
    return Observation(results=results, covered=covered, duration_s=duration_s, faults=faults)
