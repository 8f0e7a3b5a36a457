"""Whether a change that turns the failing tests green breaks others: one run of them, before anything is committed.

The search leaves tests out that take it too long, so what it found may still be wrong; a verification costs far more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eaa.domain.brief import Brief
from eaa.domain.command import CommandEnd
from eaa.domain.fix import Fix, FixResult
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import TestSuite
from eaa.domain.test_report import RED_OUTCOMES, Outcome
from eaa.domain.workspace import Workspace
from eaa.engine.tools import Tools
from eaa.ports.toolchain import TestRun
from eaa.roles.sd.analysis import choose_suite, guards, other_failing

MOST_SCREENED = 3
_SEED = 1
"""Another order than the one in which the search runs tests."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What one run with each fix showed."""

    chosen: int | None
    """Index of the best fix that breaks nothing, or None."""
    broken: tuple[TestId, ...] = ()
    """Passing tests that other fixes broke."""
    still_failing: tuple[TestId, ...] = ()
    """Failing tests of the project, named by nobody, that fail with the chosen fix too."""


async def best_harmless(
    brief: Brief, tools: Tools, commit: CommitId, result: FixResult, order: Sequence[int]
) -> Screened:
    """Return the best fix, of MOST_SCREENED, that breaks no stable passing test.

    The first is best, unless the project has other failing tests: then it is the one that most of them pass with.

    Args:
        brief: What is known.
        tools: Where tests run.
        commit: Where the fixes belong.
        result: What was found.
        order: Indexes of fixes, in the order in which they are tried.
    """
    tests = brief.handover.tests
    group = choose_suite(tests.red, brief) if tests is not None else None
    if group is None or not order:
        return Screened(None)
    suite, failing = group
    kept = guards(brief, suite, failing)
    if not kept:
        return Screened(order[0])
    sick = other_failing(brief, suite, failing)
    broken: dict[TestId, None] = {}
    left: dict[int, tuple[TestId, ...]] = {}
    async with tools.workspaces.open(brief.repository, commit) as workspace:
        for index in order[:MOST_SCREENED]:
            red = await _red_with(result.fixes[index], brief, tools, workspace, suite, (*kept, *sick))
            found = tuple(test for test in kept if test in red)
            if found:
                tools.progress.noted(f"a change breaks {_tests(found)} today, such as {found[0]}: left out")
                broken.update(dict.fromkeys(found))
                continue
            left[index] = tuple(test for test in sick if test in red)
            if not left[index]:
                break
    best = min(left, key=lambda index: len(left[index]), default=None)
    return Screened(best, tuple(broken), left[best] if best is not None else ())


def _tests(found: tuple[TestId, ...]) -> str:
    return f"{len(found)} tests that pass" if len(found) > 1 else "1 test that passes"


async def _red_with(
    fix: Fix, brief: Brief, tools: Tools, workspace: Workspace, suite: TestSuite, tests: tuple[TestId, ...]
) -> frozenset[TestId]:
    run = TestRun(
        workspace=workspace,
        environment=brief.environment,
        suite=suite,
        tests=tests,
        order_seed=_SEED,
        overlay=fix.changes,
    )
    report = await tools.toolchain.run_tests(run)
    # What a run that had to be ended did not reach is not broken.
    counted = RED_OUTCOMES - {Outcome.MISSING} if report.end is CommandEnd.TIMED_OUT else RED_OUTCOMES
    return frozenset(result.test for result in report.results if result.outcome in counted)
