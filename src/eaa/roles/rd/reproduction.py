"""Does the failure happen here, and where does it point?"""

from collections.abc import Sequence
from dataclasses import replace

from eaa.domain.artefact import Reproduction, Skipped
from eaa.domain.brief import Brief
from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import TestId
from eaa.domain.language import Symbol
from eaa.domain.project import TestSuite
from eaa.domain.test_report import RED_OUTCOMES, Outcome, TestReport, TestResult
from eaa.domain.workspace import Workspace
from eaa.engine.suites import suite_of_test, tests_by_suite
from eaa.engine.tools import Tools
from eaa.ports.toolchain import Measure, TestRun
from eaa.roles.rd.analysis import Lines, ochiai, suspects_of, symptom_text

MOST_ALONE = 3
"""So many failing tests are run alone for their coverage; the rest runs together."""
MOST_PASSING = 40
_SPLIT = 4
"""Passing tests are run in so many groups, which tells lines apart without a run for every test."""


async def reproduce(brief: Brief, tools: Tools) -> Reproduction | Skipped:
    """Run the red tests on the tests' commit and return whether they fail there too, and where they point."""
    tests = brief.handover.tests
    if tests is None:
        return Skipped("QA has not looked for tests yet")
    if not tests.red:
        return Reproduction(
            is_reproduced=False,
            tests=(),
            symptom="",
            suspects=(),
            tried=_why_not(tests.green, tests.wrong_reason),
        )
    async with tools.workspaces.open(brief.repository, tests.commit) as workspace:
        reports = [
            (chosen, await _measure(brief, tools, workspace, suite, chosen))
            for suite, chosen in _groups(brief, tests.red)
        ]
        results = [report.result_of(test) for chosen, report in reports for test in chosen]
        failed = [result for result in results if result.outcome in RED_OUTCOMES - {Outcome.MISSING}]
        passing = await _passing_lines(brief, tools, workspace, tests.red) if failed else []
    scores = ochiai([_lines(report) for chosen, report in reports if _is_red(chosen, report)], passing)
    return Reproduction(
        is_reproduced=bool(failed),
        tests=tuple(result.test for result in failed),
        symptom=symptom_text(failed[0]) if failed else "",
        suspects=suspects_of(
            scores,
            failed,
            source_paths=frozenset(brief.project.source_paths),
            symbols=await _symbols(brief, tools, scores, failed),
        ),
        tried=tuple(f"{result.test}: {result.outcome}" for result in results),
    )


def _why_not(green: Sequence[TestId], wrong_reason: Sequence[tuple[TestId, str]]) -> tuple[str, ...]:
    tried = [f"{test}: passes on the base already" for test in green]
    return (*tried, *(f"{test}: {reason}" for test, reason in wrong_reason)) or ("no criterion has a test",)


def _groups(brief: Brief, red: Sequence[TestId]) -> list[tuple[TestSuite, tuple[TestId, ...]]]:
    groups: list[tuple[TestSuite, tuple[TestId, ...]]] = []
    for suite, chosen in tests_by_suite(red, brief.project):
        groups += [(suite, (test,)) for test in chosen[:MOST_ALONE]]
        if chosen[MOST_ALONE:]:
            groups.append((suite, chosen[MOST_ALONE:]))
    return groups


async def _measure(
    brief: Brief, tools: Tools, workspace: Workspace, suite: TestSuite, tests: tuple[TestId, ...]
) -> TestReport:
    run = TestRun(
        workspace=workspace,
        environment=brief.environment,
        suite=suite,
        tests=tests,
        measure=Measure.COVERAGE,
    )
    report = await tools.toolchain.run_tests(run)
    # Not every environment has coverage; outcomes alone still reproduce.
    return report if report.results else await tools.toolchain.run_tests(replace(run, measure=Measure.OUTCOMES))


async def _passing_lines(brief: Brief, tools: Tools, workspace: Workspace, red: Sequence[TestId]) -> list[Lines]:
    suite = suite_of_test(red[0], brief.project)
    if suite is None:
        return []
    files = {test.partition("::")[0] for test in red}
    near_first = sorted(
        (test for test in brief.baseline.passing if suite_of_test(test, brief.project) == suite),
        key=lambda test: test.partition("::")[0] not in files,
    )
    chosen = near_first[:MOST_PASSING]
    groups = [tuple(chosen[start::_SPLIT]) for start in range(min(_SPLIT, len(chosen)))]
    return [_lines(await _measure(brief, tools, workspace, suite, group)) for group in groups]


def _lines(report: TestReport) -> Lines:
    return frozenset((path, line) for path, lines in report.covered_lines for line in lines)


def _is_red(chosen: Sequence[TestId], report: TestReport) -> bool:
    return any(report.result_of(test).outcome in RED_OUTCOMES for test in chosen)


async def _symbols(
    brief: Brief, tools: Tools, scores: dict[tuple[str, int], float], failed: Sequence[TestResult]
) -> dict[str, tuple[Symbol, ...]]:
    wanted = {path for path, _ in scores} | {result.path for result in failed if result.path}
    symbols = {}
    for path in sorted(wanted.intersection(brief.project.source_paths)):
        try:
            content = await tools.repositories.read_file(brief.repository, brief.base, path)
        except FileNotInCommit:
            continue
        symbols[path] = tools.toolchain.language.symbols(path, content)
    return symbols
