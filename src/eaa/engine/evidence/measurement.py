"""Running a claim's tests on every side: base, base with the head's tests, stub, head."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eaa.domain.brief import Baseline
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange
from eaa.engine.evidence.baseline import observation_of
from eaa.engine.evidence.lab import Lab, Suites
from eaa.engine.evidence.observation import NOTHING_SEEN, Observation, Selection, observe
from eaa.engine.evidence.parallel import in_parallel
from eaa.engine.evidence.places import TestPlace
from eaa.ports.toolchain import Measure


@dataclass(frozen=True, slots=True)
class Sides:
    """What was seen of the criteria's tests alone, on each side."""

    base: Observation
    """The base with the head's test files."""
    stub: Observation
    """The head with its new symbols doing nothing; one run; empty without new symbols."""
    head: Observation
    """With coverage."""


async def observe_suites(
    lab: Lab, base: CommitId, head: CommitId, suites: Suites, baseline: Baseline | None
) -> tuple[Observation, Observation]:
    """Run every suite on the base (unless a baseline is given) and on the head, three times each, side by side."""
    on_base, on_head = await in_parallel(
        (
            _base_suites(lab, base, suites.base, baseline),
            _in_workspace(lab, head, [(suite, None) for suite in suites.head]),
        )
    )
    return on_base, on_head


async def observe_criteria(
    lab: Lab,
    base: CommitId,
    head: CommitId,
    *,
    tests: Mapping[TestId, TestPlace],
    suites: Suites,
    test_files: Sequence[FileChange],
    stub: tuple[FileChange, ...],
) -> Sides:
    """Run the criteria's tests alone on each side: three times on base and head, once on the stub."""
    on_base, on_stub, on_head = await in_parallel(
        (
            _overlaid_base(lab, base, select(tests, suites.overlaid), test_files),
            _stubbed_head(lab, head, select(tests, suites.head), stub),
            _in_workspace(lab, head, select(tests, suites.head)),
        )
    )
    return Sides(base=on_base, stub=on_stub, head=on_head)


def select(tests: Mapping[TestId, TestPlace], suites: Iterable[TestSuite]) -> Selection:
    """Return tests by the suite they live in, in the form in which one side has the suite."""
    return [
        (
            suite,
            tuple(
                test
                for test, place in tests.items()
                if (place.suite.root, place.suite.framework) == (suite.root, suite.framework)
            ),
        )
        for suite in suites
    ]


async def _base_suites(lab: Lab, base: CommitId, suites: Sequence[TestSuite], baseline: Baseline | None) -> Observation:
    if baseline is not None:
        return observation_of(baseline)
    async with lab.workspaces.open(lab.repository, base) as workspace:
        return await observe(lab, workspace, [(suite, None) for suite in suites])


async def _in_workspace(lab: Lab, commit: CommitId, selection: Selection) -> Observation:
    if not any(tests is None or tests for _, tests in selection):
        return NOTHING_SEEN
    async with lab.workspaces.open(lab.repository, commit) as workspace:
        return await observe(lab, workspace, selection, measure=Measure.COVERAGE)


async def _overlaid_base(
    lab: Lab, base: CommitId, selection: Selection, test_files: Sequence[FileChange]
) -> Observation:
    if not any(tests for _, tests in selection):
        return NOTHING_SEEN
    async with lab.workspaces.open(lab.repository, base) as workspace:
        await lab.workspaces.write(workspace, test_files)
        return await observe(lab, workspace, selection)


async def _stubbed_head(lab: Lab, head: CommitId, selection: Selection, stub: tuple[FileChange, ...]) -> Observation:
    if not stub or not any(tests for _, tests in selection):
        return NOTHING_SEEN
    async with lab.workspaces.open(lab.repository, head) as workspace:
        return await observe(lab, workspace, selection, seeds=(0,), overlay=stub)
