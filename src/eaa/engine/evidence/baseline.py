"""The project's tests on the base, before anything changes."""

from collections.abc import Mapping

from eaa.domain.brief import Baseline
from eaa.domain.environment import Environment
from eaa.domain.evidence import RUNS_PER_SIDE
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import TestSuite
from eaa.domain.repository import Repository
from eaa.domain.test_report import RED_OUTCOMES, Outcome, TestResult
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import Observation, observe
from eaa.kit.bounded import bound_text
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Toolchain
from eaa.ports.workspaces import Workspaces

_ERROR_LIMIT_CHARACTERS = 500


async def measure_baseline(
    *,
    repository: Repository,
    commit: CommitId,
    environment: Environment,
    suites: tuple[TestSuite, ...],
    toolchain: Toolchain,
    repositories: Repositories,
    workspaces: Workspaces,
    progress: Progress,
) -> Baseline:
    """Run the suites RUNS_PER_SIDE times in varied order and return what is stable and what is not.

    A project whose tests cannot run is a baseline without passing tests, not an error.
    """
    lab = Lab(
        repository=repository,
        environment=environment,
        toolchain=toolchain,
        repositories=repositories,
        workspaces=workspaces,
        progress=progress,
    )
    async with workspaces.open(repository, commit) as workspace:
        seen = await observe(lab, workspace, [(suite, None) for suite in suites])
    baseline = baseline_of(seen)
    progress.noted(
        f"baseline: {len(baseline.passing)} pass, {len(baseline.failing)} fail, {len(baseline.flaky)} flaky, "
        f"{len(baseline.skipped)} skipped"
    )
    return baseline


def baseline_of(seen: Observation) -> Baseline:
    """Return what runs of the base amount to."""
    passing: list[TestId] = []
    failing: list[TestResult] = []
    flaky: list[tuple[TestId, str]] = []
    skipped: list[TestId] = []
    uncollected: list[str] = list(seen.faults)
    for test, results in seen.results.items():
        outcomes = {result.outcome for result in results}
        if outcomes == {Outcome.PASSED}:
            passing.append(test)
        elif outcomes <= RED_OUTCOMES:
            failing.append(results[0])
            if outcomes == {Outcome.BROKEN}:
                uncollected.append(
                    bound_text(f"{test}: {results[0].message}", limit_characters=_ERROR_LIMIT_CHARACTERS)
                )
        elif outcomes & RED_OUTCOMES or Outcome.PASSED in outcomes:
            red = sum(result.outcome in RED_OUTCOMES for result in results)
            flaky.append((test, f"{red} of {len(results)} red"))
        else:
            skipped.append(test)
    return Baseline(
        passing=tuple(passing),
        failing=tuple(failing),
        flaky=tuple(flaky),
        skipped=tuple(skipped),
        collection_errors=tuple(dict.fromkeys(uncollected)),
        duration_s=seen.duration_s,
    )


def observation_of(baseline: Baseline) -> Observation:
    """Return a baseline as if it had just been seen; of a flaky test only that it is one."""
    results: dict[TestId, tuple[TestResult, ...]] = {}
    for test in baseline.passing:
        results[test] = _always(test, Outcome.PASSED)
    for test in baseline.skipped:
        results[test] = _always(test, Outcome.SKIPPED)
    for result in baseline.failing:
        results[result.test] = (result,) * RUNS_PER_SIDE
    for test, _ in baseline.flaky:
        results[test] = (*_always(test, Outcome.PASSED)[1:], TestResult(test=test, outcome=Outcome.FAILED))
    covered: Mapping[str, frozenset[int]] = {}
    return Observation(results=results, covered=covered, duration_s=baseline.duration_s)


def _always(test: TestId, outcome: Outcome) -> tuple[TestResult, ...]:
    return (TestResult(test=test, outcome=outcome),) * RUNS_PER_SIDE
