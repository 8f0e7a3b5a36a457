"""Hidden tests: laid over a commit in a workspace of their own, run once, and gone again.

They are in no commit and in no mirror, so that nothing a run can read holds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eaa.domain.criterion import Criterion, Example
from eaa.domain.exercise import HiddenTests
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange
from eaa.domain.test_report import RED_OUTCOMES, Outcome
from eaa.domain.trial import HiddenOutcome
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import Observation, observe
from eaa.engine.suites import tests_by_suite, with_test_files

TIMEOUT_S = 900.0
"""Of one run of the hidden tests of one suite."""
_MUST_FAIL = Criterion(
    id=CriterionId("unseen"),
    text="Two and two is five.",
    source="Two and two is five.",
    examples=(Example(expression="2 + 2", expected="5"),),
)


@dataclass(frozen=True, slots=True)
class Examination:
    """Hidden tests of one exercise, ready to be run on any of its commits."""

    lab: Lab
    project: Project
    """As the base has it, with the files of the hidden tests."""
    files: tuple[FileChange, ...]
    tests: tuple[TestId, ...]
    """All that must pass."""
    kept: tuple[TestId, ...]
    """Those of them that must pass on the base too."""


def examination_of(hidden: HiddenTests, files: tuple[FileChange, ...], project: Project, lab: Lab) -> Examination:
    """Return what is run: the tests that are named, else every test that the files define.

    Args:
        hidden: As the exercise gives them.
        files: Their files, whether they were given as such or as a patch.
        project: As the base has it.
        lab: Where they run.
    """
    whole = with_test_files(project, [one.path for one in files if one.content is not None])
    named = tuple(dict.fromkeys((*hidden.fail_to_pass, *hidden.pass_to_pass)))
    return Examination(lab, whole, files, named or _defined(files, whole, lab), hidden.pass_to_pass)


async def fault_on_base(examination: Examination, base: CommitId) -> str | None:
    """Return why these tests measure nothing, in a sentence; None when some of them fail on the base as they must."""
    if not examination.tests:
        return "the hidden files define no test; name the tests in `fail_to_pass`"
    seen = await _observe(examination, base, examination.tests)
    if seen.is_fault and examination.kept:
        return f"the tests cannot start here: {seen.faults[0]}"
    lost = [test for test in examination.kept if not _passes(seen, test)]
    if lost:
        named = f"{lost[0]}: {_how(seen, lost[0])}"
        return f"{len(lost)} tests that must pass before and after do not pass on the base here ({named})"
    if all(_passes(seen, test) for test in examination.tests):
        return "every hidden test passes on the base already"
    return None


async def examine(examination: Examination, commit: CommitId) -> HiddenOutcome:
    """Return what the hidden tests say about a commit.

    A test that must fail runs beside one of them, in a run of its own since some tests run the whole suite: a head that
    reports it as anything else makes its results up.
    """
    seen = await _observe(examination, commit, examination.tests)
    failing = [test for test in examination.tests if not _passes(seen, test)]
    return HiddenOutcome(
        passed=len(examination.tests) - len(failing),
        of=len(examination.tests),
        first_failing=f"{failing[0]}: {_how(seen, failing[0])}" if failing else "",
        is_forged=bool(examination.tests) and not failing and await _is_forged(examination, commit),
    )


async def _is_forged(examination: Examination, commit: CommitId) -> bool:
    files: list[FileChange] = []
    doomed: list[TestId] = []
    company: list[TestId] = []
    for suite, tests in tests_by_suite(examination.tests, examination.project):
        changes, names = examination.lab.toolchain.language.write_tests([_MUST_FAIL], examination.project, suite, {})
        files += changes
        doomed += [test for _, made in names for test in made]
        company.append(tests[0])
    seen = await _observe(examination, commit, (*company, *doomed), tuple(files))
    return any(seen.of(test)[0].outcome not in RED_OUTCOMES for test in doomed)


def _defined(files: Sequence[FileChange], project: Project, lab: Lab) -> tuple[TestId, ...]:
    language = lab.toolchain.language
    return tuple(
        dict.fromkeys(
            test
            for suite in project.suites
            for one in files
            if one.content is not None and one.path in suite.test_paths
            for test, _, _ in language.tests_in(one.path, one.content, suite)
        )
    )


async def _observe(
    examination: Examination, commit: CommitId, tests: Sequence[TestId], added: tuple[FileChange, ...] = ()
) -> Observation:
    lab = examination.lab
    project = with_test_files(examination.project, [one.path for one in added])
    selection: list[tuple[TestSuite, tuple[TestId, ...] | None]] = []
    selection += tests_by_suite(tests, project)
    async with lab.workspaces.open(lab.repository, commit) as workspace:
        return await observe(
            lab, workspace, selection, seeds=(0,), overlay=(*examination.files, *added), timeout_s=TIMEOUT_S
        )


def _passes(seen: Observation, test: TestId) -> bool:
    ran = seen.named(test)
    return bool(ran) and all(result.outcome is Outcome.PASSED for one in ran for result in seen.of(one))


def _how(seen: Observation, test: TestId) -> str:
    outcomes = (result.outcome for one in seen.named(test) or (test,) for result in seen.of(one))
    return next((outcome for outcome in outcomes if outcome is not Outcome.PASSED), Outcome.MISSING)
