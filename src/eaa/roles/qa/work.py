"""Quality assurance: turns examples into tests, and failed evidence into a bug report."""

from collections.abc import Sequence

from eaa.domain.artefact import Artefact, BugReport, Requirement, Skipped, WrittenTests
from eaa.domain.brief import Brief, Stage
from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import NOTHING_SEEN, Observation, Selection, observe
from eaa.engine.suites import suite_for_paths, tests_by_suite, with_test_files
from eaa.engine.tools import Tools
from eaa.roles.qa.analysis import TestsOfCriteria, gather_tests, standing_of
from eaa.roles.qa.report import report_lines


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the tests of the criteria, or the bug report of a failed verification."""
    match brief.stage:
        case Stage.TESTS:
            return await _write_tests(brief, tools)
        case Stage.BUG_REPORT:
            return _report(brief)
        case _:
            return Skipped(f"QA has no part in the stage {brief.stage}")


async def _write_tests(brief: Brief, tools: Tools) -> WrittenTests | Skipped:
    requirement = brief.handover.requirement
    if requirement is None:
        return Skipped("there is no criterion to test")
    changes, made = await _tests_from_examples(brief, tools, requirement)
    commit = await _commit(brief, tools, requirement, changes)
    tests = gather_tests(requirement.criteria, dict(made))
    project = with_test_files(brief.project, tuple(change.path for change in changes))
    seen = await _run(brief, tools, commit, tests_by_suite((test for _, chosen in tests for test in chosen), project))
    standing = standing_of(requirement.criteria, tests, seen)
    return WrittenTests(
        commit=commit,
        paths=tuple(change.path for change in changes),
        tests=standing.tests,
        red=standing.red,
        green=standing.green,
        wrong_reason=standing.wrong_reason,
    )


async def _tests_from_examples(
    brief: Brief, tools: Tools, requirement: Requirement
) -> tuple[tuple[FileChange, ...], TestsOfCriteria]:
    with_examples = tuple(criterion for criterion in requirement.criteria if criterion.examples)
    code_map = brief.handover.code_map
    suite = suite_for_paths((path for path, _ in code_map.ranked_paths) if code_map else (), brief.project)
    if not with_examples or suite is None:
        return (), ()
    files = await _contents(brief, tools)
    return tools.toolchain.language.write_tests(with_examples, brief.project, suite, files)


async def _contents(brief: Brief, tools: Tools) -> dict[str, bytes]:
    tests = (path for suite in brief.project.suites for path in suite.test_paths)
    contents = {}
    for path in dict.fromkeys((*brief.project.source_paths, *tests)):
        try:
            contents[path] = await tools.repositories.read_file(brief.repository, brief.base, path)
        except FileNotInCommit:
            continue
    return contents


async def _commit(brief: Brief, tools: Tools, requirement: Requirement, changes: Sequence[FileChange]) -> CommitId:
    if not changes:
        return brief.base
    return await tools.repositories.commit(
        brief.repository,
        parent=brief.base,
        changes=changes,
        message=f"test: {requirement.title}\n",
        run_id=brief.run_id,
    )


async def _run(brief: Brief, tools: Tools, commit: CommitId, selection: Selection) -> Observation:
    if not selection:
        return NOTHING_SEEN
    lab = Lab(
        repository=brief.repository,
        environment=brief.environment,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    async with tools.workspaces.open(brief.repository, commit) as workspace:
        return await observe(lab, workspace, selection)


def _report(brief: Brief) -> BugReport | Skipped:
    evidence = brief.handover.evidence
    if evidence is None:
        return Skipped("nothing was verified yet")
    return BugReport(text="\n".join(report_lines(evidence)), round=len(brief.handover.bug_reports) + 1)
