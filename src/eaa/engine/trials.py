"""Running chosen tests several times, in varied order, in one workspace."""

from collections.abc import Sequence

from eaa.domain.environment import Environment
from eaa.domain.evidence import RUNS_PER_SIDE
from eaa.domain.ids import TestId
from eaa.domain.project import Project
from eaa.domain.test_report import TestResult
from eaa.domain.workspace import Workspace
from eaa.engine.suites import tests_by_suite
from eaa.ports.toolchain import TestRun, Toolchain


async def run_trials(
    tests: Sequence[TestId],
    *,
    workspace: Workspace,
    environment: Environment,
    project: Project,
    toolchain: Toolchain,
    trials: int = RUNS_PER_SIDE,
    timeout_s: float = 300.0,
) -> dict[TestId, tuple[TestResult, ...]]:
    """Return each test's results, one a trial; the first trial keeps the project's order, the others are shuffled.

    A test that no suite holds, or that did not run, has *missing* results.
    """
    seen: dict[TestId, list[TestResult]] = {test: [] for test in tests}
    for suite, chosen in tests_by_suite(tests, project):
        for seed in range(trials):
            run = TestRun(
                workspace=workspace,
                environment=environment,
                suite=suite,
                tests=chosen,
                order_seed=seed,
                timeout_s=timeout_s,
            )
            report = await toolchain.run_tests(run)
            for test in chosen:
                seen[test].append(report.result_of(test))
    return {test: tuple(results) for test, results in seen.items()}
