"""Does a refactored module answer as its old self, beyond what the suite asserts?"""

from collections.abc import Sequence
from dataclasses import dataclass

from eaa.domain.evidence import RUNS_PER_SIDE
from eaa.domain.ids import CommitId, TestId
from eaa.domain.language import Differential
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange, FileMode
from eaa.domain.test_report import Outcome
from eaa.engine.evidence.change import ChangedFile
from eaa.engine.evidence.lab import Lab, Suites
from eaa.engine.evidence.observation import observe

_TEST_FILES_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Answers:
    """What comparing calls of the old and the new code showed."""

    alike: int = 0
    differences: tuple[str, ...] = ()
    """Calls that are answered otherwise, as source text."""


async def compare_answers(lab: Lab, head: CommitId, suites: Suites, files: Sequence[ChangedFile]) -> Answers:
    """Call the public functions of changed files as they were and as they are, and compare the answers."""
    alike, differences = 0, list[str]()
    tests = await test_sources(lab, head, suites)
    for file in files:
        if not file.is_product or file.before is None or file.after is None:
            continue
        for suite in suites.head:
            made = lab.toolchain.language.differential(file.path, file.before, file.after, tests, suite)
            outcomes = await _run(lab, head, suite, made)
            alike += sum(outcome is Outcome.PASSED for outcome in outcomes)
            differences += [
                call for (_, call), outcome in zip(made.tests, outcomes, strict=True) if outcome is Outcome.FAILED
            ]
            if made.tests:
                break
    return Answers(alike=alike, differences=tuple(differences))


async def _run(lab: Lab, head: CommitId, suite: TestSuite, made: Differential) -> list[Outcome | None]:
    names = tuple(test for test, _ in made.tests)
    return await stable_outcomes(lab, head, suite, names, made.changes)


async def stable_outcomes(
    lab: Lab, head: CommitId, suite: TestSuite, names: tuple[TestId, ...], changes: tuple[FileChange, ...]
) -> list[Outcome | None]:
    """Return each test's outcome with some files laid over the head, None for one that varies from run to run."""
    if not names:
        return []
    async with lab.workspaces.open(lab.repository, head) as workspace:
        await lab.workspaces.write(workspace, changes)
        seen = await observe(lab, workspace, [(suite, names)], seeds=range(RUNS_PER_SIDE))
    found = [{result.outcome for result in seen.of(test)} for test in names]
    return [outcomes.pop() if len(outcomes) == 1 else None for outcomes in found]


async def test_sources(lab: Lab, head: CommitId, suites: Suites) -> list[bytes]:
    """Return the texts of the head's test files, at most 50."""
    language = lab.toolchain.language
    paths = [
        entry.path
        for entry in await lab.repositories.list_files(lab.repository, head)
        if entry.mode in (FileMode.REGULAR, FileMode.EXECUTABLE)
        and language.is_source(entry.path)
        and any(language.is_test(entry.path, suite) for suite in suites.head)
    ]
    return list((await lab.repositories.read_files(lab.repository, head, paths[:_TEST_FILES_AT_MOST])).values())
