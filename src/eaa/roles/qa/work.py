"""Quality assurance: turns examples into tests, and failed evidence into a bug report."""

from collections.abc import Mapping, Sequence

from eaa.domain.artefact import Artefact, BugReport, Requirement, Skipped, WrittenTests
from eaa.domain.brief import Brief, Stage
from eaa.domain.criterion import Criterion
from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.repository import FileChange
from eaa.domain.test_report import TestResult
from eaa.engine.suites import suite_for_paths
from eaa.engine.tools import Tools
from eaa.engine.trials import run_trials
from eaa.roles.qa.analysis import Colour, judge, symptom_of
from eaa.roles.qa.report import report_lines

TestsOfCriteria = tuple[tuple[CriterionId, tuple[TestId, ...]], ...]


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
    tests = _tests_of(requirement.criteria, dict(made))
    results = await _trials(brief, tools, commit, tests)
    return _sorted_by_colour(brief, requirement, commit=commit, changes=changes, tests=tests, results=results)


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


def _tests_of(criteria: Sequence[Criterion], made: Mapping[CriterionId, tuple[TestId, ...]]) -> TestsOfCriteria:
    every = ((criterion.id, (*criterion.tests, *made.get(criterion.id, ()))) for criterion in criteria)
    return tuple((criterion, tuple(dict.fromkeys(tests))) for criterion, tests in every if tests)


async def _trials(
    brief: Brief, tools: Tools, commit: CommitId, tests: TestsOfCriteria
) -> dict[TestId, tuple[TestResult, ...]]:
    wanted = tuple(dict.fromkeys(test for _, chosen in tests for test in chosen))
    if not wanted:
        return {}
    async with tools.workspaces.open(brief.repository, commit) as workspace:
        return await run_trials(
            wanted,
            workspace=workspace,
            environment=brief.environment,
            project=brief.project,
            toolchain=tools.toolchain,
        )


def _sorted_by_colour(
    brief: Brief,
    requirement: Requirement,
    *,
    commit: CommitId,
    changes: Sequence[FileChange],
    tests: TestsOfCriteria,
    results: Mapping[TestId, tuple[TestResult, ...]],
) -> WrittenTests:
    criteria = {criterion.id: criterion for criterion in requirement.criteria}
    judged: dict[TestId, tuple[Colour, str]] = {}
    for criterion_id, chosen in tests:
        criterion = criteria[criterion_id]
        for test in chosen:
            symptom = symptom_of(brief.task.text, criterion, is_named=test in criterion.tests)
            judged[test] = judge(results[test], symptom)
    return WrittenTests(
        commit=commit,
        paths=tuple(change.path for change in changes),
        tests=tests,
        red=tuple(test for test, (colour, _) in judged.items() if colour is Colour.RED),
        green=tuple(test for test, (colour, _) in judged.items() if colour is Colour.GREEN),
        wrong_reason=tuple(
            (test, reason) for test, (colour, reason) in judged.items() if colour is Colour.WRONG_REASON
        ),
    )


def _report(brief: Brief) -> BugReport | Skipped:
    evidence = brief.handover.evidence
    if evidence is None:
        return Skipped("nothing was verified yet")
    return BugReport(text="\n".join(report_lines(evidence)), round=len(brief.handover.bug_reports) + 1)
