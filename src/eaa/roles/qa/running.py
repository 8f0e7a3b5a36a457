"""Tests that were written: committed on the base, and run there three times."""

from collections.abc import Sequence

from eaa.domain.artefact import Requirement
from eaa.domain.brief import Brief
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import NOTHING_SEEN, Observation, Selection, observe
from eaa.engine.suites import tests_by_suite, with_test_files
from eaa.engine.tools import Tools
from eaa.roles.qa.analysis import Standing, TestsOfCriteria, standing_of

TIMEOUT_S = 90.0
"""Of one run of the criteria's tests alone. A test that hangs is heard of soon; the evidence has more patience."""


async def commit_tests(brief: Brief, tools: Tools, requirement: Requirement, changes: Sequence[FileChange]) -> CommitId:
    """Return the commit of test files on the base; the base itself when there are none."""
    if not changes:
        return brief.base
    return await tools.repositories.commit(
        brief.repository,
        parent=brief.base,
        changes=changes,
        message=f"test: {requirement.title}\n",
        run_id=brief.run_id,
    )


async def see_standing(
    brief: Brief,
    tools: Tools,
    requirement: Requirement,
    *,
    commit: CommitId,
    paths: tuple[str, ...],
    tests: TestsOfCriteria,
) -> Standing:
    """Run the tests of the criteria on their commit and return how they stand.

    Args:
        brief: The base, its project and environment.
        tools: Where tests run.
        requirement: The criteria.
        commit: The base with the tests.
        paths: Test files that the base does not have, or has otherwise.
        tests: Which tests belong to which criterion.
    """
    project = with_test_files(brief.project, paths)
    selection = tests_by_suite((test for _, chosen in tests for test in chosen), project)
    seen = await _seen(brief, tools, commit, selection) if selection else NOTHING_SEEN
    return standing_of(requirement.criteria, tests, seen)


async def _seen(brief: Brief, tools: Tools, commit: CommitId, selection: Selection) -> Observation:
    lab = Lab(
        repository=brief.repository,
        environment=brief.environment,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    async with tools.workspaces.open(brief.repository, commit) as workspace:
        return await observe(lab, workspace, selection, timeout_s=TIMEOUT_S)
