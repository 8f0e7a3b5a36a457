"""Quality assurance: turns examples into tests, and failed evidence into a bug report."""

from eaa.domain.artefact import Artefact, BugReport, Requirement, Skipped, WrittenTests
from eaa.domain.brief import Brief, Stage
from eaa.domain.errors import FileNotInCommit
from eaa.domain.repository import FileChange
from eaa.engine.suites import suite_for_paths
from eaa.engine.tools import Tools
from eaa.roles.qa.analysis import TestsOfCriteria, gather_tests
from eaa.roles.qa.report import report_lines
from eaa.roles.qa.running import commit_tests, see_standing


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
    tests = gather_tests(requirement.criteria, dict(made))
    if brief.has_model and tools.agents is not None and _is_any_left_out(requirement, tests):
        # Loaded only where a model works: prompts and their templates are heavy.
        from eaa.roles.qa.writing import Given, write_with_model

        given = Given(commit=await commit_tests(brief, tools, requirement, changes), tests=tests)
        return await write_with_model(brief, tools, tools.agents, requirement, given)
    commit, paths = await commit_tests(brief, tools, requirement, changes), tuple(change.path for change in changes)
    standing = await see_standing(brief, tools, requirement, commit=commit, paths=paths, tests=tests)
    return WrittenTests(
        commit=commit,
        paths=paths,
        tests=standing.tests,
        red=standing.red,
        green=standing.green,
        wrong_reason=standing.wrong_reason,
    )


def _is_any_left_out(requirement: Requirement, tests: TestsOfCriteria) -> bool:
    covered = {criterion for criterion, _ in tests}
    return any(criterion.id not in covered for criterion in requirement.criteria)


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


def _report(brief: Brief) -> BugReport | Skipped:
    evidence = brief.handover.evidence
    if evidence is None:
        return Skipped("nothing was verified yet")
    return BugReport(text="\n".join(report_lines(evidence)), round=len(brief.handover.bug_reports) + 1)
