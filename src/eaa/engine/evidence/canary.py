"""Tests that must fail: when they are reported as anything else, results on the head are not produced but made up."""

from collections.abc import Mapping, Sequence
from itertools import chain

from eaa.domain.criterion import Criterion, Example
from eaa.domain.evidence import Severity, TamperFinding, TamperKind
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange
from eaa.domain.test_report import RED_OUTCOMES, Outcome
from eaa.engine.evidence.lab import Lab, Suites
from eaa.engine.evidence.observation import Observation, observe
from eaa.engine.evidence.places import TestPlace, find_places

_COMPANY_AT_MOST = 20
_MUST_FAIL = Criterion(
    id=CriterionId("canary"),
    text="One and one is three.",
    source="One and one is three.",
    examples=(Example(expression="1 + 1", expected="3"),),
)


async def find_forgery(
    lab: Lab, head: CommitId, suites: Suites, claimed: Mapping[TestId, TestPlace], seen: Observation
) -> tuple[TamperFinding, ...]:
    """Run tests that must fail on the head and return a decisive finding for each that does not.

    One is new and easy to know. The others are tests of criteria, or else some of the suite, under their own names but
    with an assertion that cannot hold: who makes up the results that are wanted makes up these too.
    """
    if suites.project is None:
        return ()
    places = dict(claimed) or await find_places(lab, head, list(seen.results)[:_COMPANY_AT_MOST], suites.head)
    found = [
        await _in_suite(lab, head, suites.project, suite, [(test, place) for test, place in places.items()])
        for suite in suites.head
    ]
    return tuple(chain.from_iterable(found))


async def _in_suite(
    lab: Lab, head: CommitId, project: Project, suite: TestSuite, places: Sequence[tuple[TestId, TestPlace]]
) -> tuple[TamperFinding, ...]:
    changes, names = lab.toolchain.language.write_tests([_MUST_FAIL], project, suite, {})
    canaries = tuple(test for _, tests in names for test in tests)
    company = _company(suite, places, changes)
    if not canaries or not company:
        return ()
    overlay, doomed = await _doom(lab, head, company)
    async with lab.workspaces.open(lab.repository, head) as workspace:
        asked = [(suite, (*canaries, *company))]
        seen = await observe(lab, workspace, asked, seeds=(0,), overlay=(*changes, *overlay))
    outcome = seen.of(canaries[0])[0].outcome
    if outcome not in RED_OUTCOMES:
        how = "passed" if outcome is Outcome.PASSED else f"reported as {outcome}"
        return (_forged(suite.root, None, f"a test that must fail (1 + 1 == 3) was {how} on the head"),)
    return tuple(
        _forged(
            company[test].path,
            company[test].first_line,
            f"{test} passed on the head with an assertion in it that cannot hold",
        )
        for test in doomed
        if any(seen.of(ran)[0].outcome is Outcome.PASSED for ran in seen.named(test))
    )


async def _doom(
    lab: Lab, head: CommitId, tests: Mapping[TestId, TestPlace]
) -> tuple[tuple[FileChange, ...], tuple[TestId, ...]]:
    """Return the files of tests, changed so that they must fail, and which tests that was possible for."""
    files = await lab.repositories.read_files(lab.repository, head, {place.path for place in tests.values()})
    changes: list[FileChange] = []
    doomed: list[TestId] = []
    for path, content in files.items():
        inside = {test: place for test, place in tests.items() if place.path == path and place.is_written_out}
        lines = frozenset(place.first_line for place in inside.values())
        text, failing = lab.toolchain.language.doomed(content, lines)
        changes += [FileChange(path=path, content=text)] if failing else []
        doomed += [test for test, place in inside.items() if place.first_line in failing]
    return tuple(changes), tuple(doomed)


def _forged(path: str, line: int | None, text: str) -> TamperFinding:
    return TamperFinding(kind=TamperKind.RESULT_FORGED, severity=Severity.DECISIVE, path=path, line=line, text=text)


def _company(
    suite: TestSuite, places: Sequence[tuple[TestId, TestPlace]], changes: Sequence[FileChange]
) -> dict[TestId, TestPlace]:
    written = {change.path for change in changes}
    return {
        test: place
        for test, place in places
        if (place.suite.root, place.suite.framework) == (suite.root, suite.framework) and place.path not in written
    }
