"""Tests of criteria that only a model can write: it writes, we run and judge, it hears what does not count."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eaa.domain.artefact import Requirement, WrittenTests
from eaa.domain.brief import Brief
from eaa.domain.criterion import Criterion
from eaa.domain.errors import FileNotInCommit
from eaa.domain.evidence import Severity, TamperFinding
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.repository import FileChange
from eaa.domain.role import RoleName
from eaa.domain.transcript import Told, Voice
from eaa.engine.agent.conversation import Assignment, converse, spent_of
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.job import Outcome
from eaa.engine.agent.workplace import changes_between
from eaa.engine.evidence.change import ChangedFile
from eaa.engine.evidence.tamper import tamper_findings
from eaa.engine.suites import suite_for_paths
from eaa.engine.tools import Tools
from eaa.kit.bounded import bound_text, printable
from eaa.roles.qa.analysis import TestsOfCriteria
from eaa.roles.qa.running import commit_tests, see_standing

CONTEXT = "tester"
PROMPT = "agent/tester"
LOOKS = 3
"""How often what the tester submits is run before the work goes on with it as it is."""
SHARE = 0.15
"""Of a run's tokens and money, what a tester may use: six roles have to stay as cheap as one (DESIGN §4)."""
_SHARES = {Kind.FEATURE: 0.25, Kind.TESTS: 1.0}
_MOST_LINES = 30
_RED = (
    "Every test has to fail today, by an assertion or by the symptom that the request reports, and to pass once the "
    "change is made."
)
_ABSENT = (
    "Every test has to fail today and to pass once the change is made. Import what does not exist yet inside of each "
    "test, so that the file itself can be collected. A function that is there and does nothing must not pass them."
)
_GREEN = (
    "Every test has to pass today: the code stays as it is. Cover all lines of what the request names, and check "
    "values so closely that a small mistake in these lines would make a test fail. Do not test a behaviour that looks "
    "wrong as if it were right; `ask` instead."
)
_CRITERION_IN_NAME = re.compile(r"(?:^|_)(c\d{1,3})(?=_|$)")


@dataclass(frozen=True, slots=True)
class Given:
    """The tests that are there before a model writes any: named by the request, or made from its examples."""

    commit: CommitId
    """The base with them; the base itself when none had to be written."""
    tests: TestsOfCriteria = ()

    def uncovered(self, requirement: Requirement) -> Requirement:
        """Return the requirement with those criteria alone that have no test yet."""
        covered = {criterion for criterion, _ in self.tests}
        left = tuple(criterion for criterion in requirement.criteria if criterion.id not in covered)
        return replace(requirement, criteria=left)

    def includes(self, test: TestId) -> bool:
        """Return whether a test, or the one behind its parameters, is among them."""
        return any(test in tests or test.partition("[")[0] in tests for _, tests in self.tests)


async def write_with_model(
    brief: Brief, tools: Tools, agents: AgentDesk, requirement: Requirement, given: Given
) -> WrittenTests:
    """Return the tests of all criteria, a model's for those that had none, and how they stand on the base.

    Raises:
        WorkParked: The model did not come to an end.
        RunFenced: Another process has taken the run over.
        SandboxUnavailable: Nothing can be run.
    """
    assignment = assignment_of(brief, requirement, given)
    reports = len(assignment.told)
    while True:
        outcome = await converse(assignment, brief, tools, agents)
        changes = await _test_changes(brief, tools, outcome)
        weaker = await weaker_tests(brief, tools, changes)
        spoilt = {finding.path for finding in weaker}
        kept = tuple(change for change in changes if change.path not in spoilt)
        written = await _written(brief, tools, requirement, outcome, kept, given)
        complaint = complaint_of(requirement, written, weaker, given)
        look = len(assignment.told) - reports + 1
        if not complaint or look >= LOOKS:
            return written
        told = Told(Voice.SYSTEM, complaint, key=f"look {reports + 1}.{look}")
        assignment = replace(assignment, told=(*assignment.told, told))


def assignment_of(brief: Brief, requirement: Requirement, given: Given) -> Assignment:
    """Return what the tester shall do."""
    return Assignment(
        context=CONTEXT,
        role=RoleName.QA,
        prompt=PROMPT,
        start=given.commit,
        values={
            "criteria": "\n".join(f"{one.id}: {one.text}" for one in given.uncovered(requirement).criteria),
            "expectation": _expectation(requirement.kind),
        },
        told=tuple(
            Told(Voice.SYSTEM, report.text, key=f"bug report {report.round}") for report in brief.handover.bug_reports
        ),
        share=_SHARES.get(requirement.kind, SHARE),
    )


def _expectation(kind: Kind) -> str:
    match kind:
        case Kind.FEATURE:
            return _ABSENT
        case Kind.TESTS:
            return _GREEN
        case _:
            return _RED


async def weaker_tests(brief: Brief, tools: Tools, changes: Sequence[FileChange]) -> tuple[TamperFinding, ...]:
    """Return what the changes do to tests that are there already, by the rules of the evidence.

    Such a change would fail its verification whatever the author does, and the author cannot mend it.
    """
    files = [
        ChangedFile(
            path=change.path,
            before=await _content(brief, tools, brief.base, change.path),
            after=change.content,
            mode=change.mode,
            added_lines=(),
            is_test=True,
            is_source=tools.toolchain.language.is_source(change.path),
        )
        for change in changes
    ]
    found = tamper_findings(tools.toolchain.language, files, brief.project.suites)
    return tuple(finding for finding in found if finding.severity is Severity.DECISIVE)


def complaint_of(
    requirement: Requirement, written: WrittenTests, weaker: Sequence[TamperFinding] = (), given: Given | None = None
) -> str:
    """Return what is wrong with tests that were submitted, in at most 30 lines; empty when they can be worked with.

    Tests that were given are nobody's fault here.
    """
    if given is not None:
        written = replace(
            written,
            red=tuple(test for test in written.red if not given.includes(test)),
            green=tuple(test for test in written.green if not given.includes(test)),
            wrong_reason=tuple((test, why) for test, why in written.wrong_reason if not given.includes(test)),
        )
    covered = {criterion for criterion, _ in written.tests}
    lines = [f"{one.path} was left out: {one.text}; what is there stays, add files of your own." for one in weaker]
    lines += [
        f"{criterion.id} has no test; its tests are known by their names: `test_{criterion.id}_…`."
        for criterion in requirement.criteria
        if criterion.id not in covered
    ]
    if requirement.kind is Kind.TESTS:
        lines += [f"{test} fails today, and the code stays as it is." for test in written.red]
        lines += [f"{test} does not pass today: {reason}" for test, reason in written.wrong_reason]
    else:
        lines += [f"{test} passes today, so it shows nothing." for test in written.green]
        lines += [f"{test} does not fail for the right reason: {reason}" for test, reason in written.wrong_reason]
    if not lines:
        return ""
    shown = [printable(" ".join(bound_text(line, limit_characters=300).split())) for line in lines[: _MOST_LINES - 2]]
    more = [f"… and {len(lines) - len(shown)} more"] if len(lines) > len(shown) else []
    return "\n".join(["The tests were run on the code as it is:", *shown, *more])


def criteria_of_tests(requirement: Requirement, tests: Sequence[TestId]) -> TestsOfCriteria:
    """Return which tests belong to which criterion, by the ids in their names; a lone criterion owns all of them."""
    owned: dict[CriterionId, list[TestId]] = {}
    for test in tests:
        found = _owner(test, requirement.criteria)
        if found is not None:
            owned.setdefault(found, []).append(test)
    return tuple((one.id, tuple(owned[one.id])) for one in requirement.criteria if one.id in owned)


def _owner(test: TestId, criteria: Sequence[Criterion]) -> CriterionId | None:
    name = re.split(r"::|\.", test.partition("[")[0])[-1]
    named = {match.group(1) for match in _CRITERION_IN_NAME.finditer(name)}
    owner = next((criterion.id for criterion in criteria if criterion.id in named), None)
    return owner or (criteria[0].id if len(criteria) == 1 and not named else None)


async def _test_changes(brief: Brief, tools: Tools, outcome: Outcome) -> tuple[FileChange, ...]:
    """Return the test files that were added or changed; nothing else of the tester's is taken over."""
    changed = await changes_between(brief.repository, brief.base, outcome.tree, tools=tools)
    return tuple(change for change in changed if change.content is not None and _is_test(change.path, brief, tools))


async def _written(
    brief: Brief,
    tools: Tools,
    requirement: Requirement,
    outcome: Outcome,
    changes: tuple[FileChange, ...],
    given: Given,
) -> WrittenTests:
    commit = await commit_tests(brief, tools, requirement, changes)
    paths = tuple(change.path for change in changes)
    found = [test for change in changes for test in await _new_tests(brief, tools, change)]
    added = [test for test in found if not given.includes(test)]
    tests = (*given.tests, *criteria_of_tests(given.uncovered(requirement), added))
    standing = await see_standing(brief, tools, requirement, commit=commit, paths=paths, tests=tests)
    absent = _absent(requirement, standing.wrong_reason)
    return WrittenTests(
        commit=commit,
        paths=paths,
        tests=standing.tests,
        red=(*standing.red, *absent),
        green=standing.green,
        wrong_reason=tuple((test, why) for test, why in standing.wrong_reason if test not in absent),
        author=outcome.model,
        spent=spent_of(outcome),
    )


def _absent(requirement: Requirement, wrong: Sequence[tuple[TestId, str]]) -> tuple[TestId, ...]:
    """Return the tests whose failure is what *absent* looks like; for a feature the stub judges them later."""
    if requirement.kind is not Kind.FEATURE:
        return ()
    return tuple(test for test, reason in wrong if _looks_absent(reason))


def _looks_absent(reason: str) -> bool:
    names = ("ImportError", "ModuleNotFoundError", "AttributeError", "NameError", "TypeError")
    return not reason.startswith("unstable") and any(name in reason for name in names)


def _is_test(path: str, brief: Brief, tools: Tools) -> bool:
    return any(tools.toolchain.language.is_test(path, suite) for suite in brief.project.suites)


async def _new_tests(brief: Brief, tools: Tools, change: FileChange) -> tuple[TestId, ...]:
    """Return the tests of a file that its version on the base does not have."""
    suite = suite_for_paths((change.path,), brief.project)
    if suite is None or change.content is None:
        return ()
    tests_in = tools.toolchain.language.tests_in
    before = await _content(brief, tools, brief.base, change.path)
    known = {test for test, _, _ in tests_in(change.path, before, suite)} if before is not None else set()
    return tuple(test for test, _, _ in tests_in(change.path, change.content, suite) if test not in known)


async def _content(brief: Brief, tools: Tools, commit: CommitId, path: str) -> bytes | None:
    try:
        return await tools.repositories.read_file(brief.repository, commit, path)
    except FileNotInCommit:
        return None
