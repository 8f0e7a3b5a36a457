"""A test that must fail: when it is reported as anything else, results on the head are not produced but made up."""

from collections.abc import Mapping, Sequence

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
    """Run a test that must fail among others on the head and return a decisive finding when it does not.

    The others, tests of criteria or else some of the suite, load the code of the change, which is what could forge.
    """
    if suites.project is None:
        return ()
    places = dict(claimed) or await find_places(lab, head, list(seen.results)[:_COMPANY_AT_MOST], suites.head)
    found = [
        await _in_suite(lab, head, suites.project, suite, [(test, place) for test, place in places.items()])
        for suite in suites.head
    ]
    return tuple(finding for finding in found if finding is not None)


async def _in_suite(
    lab: Lab, head: CommitId, project: Project, suite: TestSuite, places: Sequence[tuple[TestId, TestPlace]]
) -> TamperFinding | None:
    changes, names = lab.toolchain.language.write_tests([_MUST_FAIL], project, suite, {})
    canaries = tuple(test for _, tests in names for test in tests)
    company = _company(suite, places, changes)
    if not canaries or not company:
        return None
    async with lab.workspaces.open(lab.repository, head) as workspace:
        seen = await observe(lab, workspace, [(suite, (*canaries, *company))], seeds=(0,), overlay=tuple(changes))
    outcome = seen.of(canaries[0])[0].outcome
    if outcome in RED_OUTCOMES:
        return None
    how = "passed" if outcome is Outcome.PASSED else f"reported as {outcome}"
    return TamperFinding(
        kind=TamperKind.RESULT_FORGED,
        severity=Severity.DECISIVE,
        path=suite.root,
        line=None,
        text=f"a test that must fail (1 + 1 == 3) was {how} on the head",
    )


def _company(
    suite: TestSuite, places: Sequence[tuple[TestId, TestPlace]], changes: Sequence[FileChange]
) -> tuple[TestId, ...]:
    written = {change.path for change in changes}
    return tuple(
        test
        for test, place in places
        if (place.suite.root, place.suite.framework) == (suite.root, suite.framework) and place.path not in written
    )
