"""Claims for a change that somebody else made: its own tests, and the issue's examples."""

from collections.abc import Callable, Mapping, Sequence

from eaa.domain.brief import Baseline
from eaa.domain.criterion import Criterion
from eaa.domain.environment import Environment
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import CommitId, CriterionId, RunId, TestId
from eaa.domain.kind import Kind
from eaa.domain.project import TestSuite
from eaa.domain.repository import Repository
from eaa.domain.test_report import Outcome
from eaa.engine.evidence.asked import ask_issue
from eaa.engine.evidence.baseline import measure_baseline
from eaa.engine.evidence.change import ChangedFile, read_change
from eaa.engine.evidence.claim import Claim, ClaimedCriterion, refuse_unprovable
from eaa.engine.evidence.interface import interface_changes, new_symbols
from eaa.engine.evidence.lab import Lab, Suites, suites_of_sides
from eaa.engine.evidence.measurement import select
from eaa.engine.evidence.observation import observe
from eaa.engine.evidence.places import TestPlace, find_places, places_in
from eaa.ports.language import Language
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Toolchain
from eaa.ports.workspaces import Workspaces

SINGLY_AT_MOST = 20
"""Up to so many new or changed tests are a criterion each; more of them are one criterion a file."""

ReadIssue = Callable[[str], Sequence[Criterion]]
"""Reads criteria, with examples, out of an issue's text."""


async def propose_claim(
    *,
    repository: Repository,
    base: CommitId,
    head: CommitId,
    run: RunId,
    kind: Kind | None,
    issue: str | None,
    read_issue: ReadIssue,
    environment: Environment,
    suites: tuple[TestSuite, ...],
    toolchain: Toolchain,
    repositories: Repositories,
    workspaces: Workspaces,
    progress: Progress,
) -> Claim:
    """Return what a branch can be taken to claim.

    The tests it adds or changes become criteria; without any, those that fail on the base and pass on the head. So does
    what the issue asks: for its examples tests are written that the branch's author never saw, in a commit on top of
    the head, which is then the head of the claim.

    Args:
        repository: Where the commits are.
        base: Where the branch left, usually the merge base.
        head: The branch's last commit.
        run: Under which run's refs a commit with the issue's tests is kept.
        kind: What a person said it is; None infers it from the change and from whether there is an issue.
        issue: The request the branch answers, if known.
        read_issue: How to read it.
        environment: Ready to run the tests in.
        suites: The base's suites (see `derive_place`).
        toolchain: Of the project's language.
        repositories: Mirrors.
        workspaces: Checkouts.
        progress: Who watches.

    Raises:
        InvalidRequest: Nothing that could be proved was changed, or the kind has no rules yet.
    """
    lab = Lab(
        repository=repository,
        environment=environment,
        toolchain=toolchain,
        repositories=repositories,
        workspaces=workspaces,
        progress=progress,
    )
    sides = await suites_of_sides(lab, suites, head)
    files = await read_change(lab, base, head, (*sides.base, *sides.head))
    if kind is not None:
        refuse_unprovable(kind)
    refuse_nothing(files)
    changed = await _changed_tests(lab, head, files, sides.head)
    baseline = None if changed else await _baseline(lab, base, suites)
    repaired = await _repaired_tests(lab, head, baseline, sides) if baseline is not None else {}
    if kind is None:
        kind = infer_kind(toolchain.language, files, {**changed, **repaired})
        if kind is Kind.REFACTOR and issue is not None:
            # Somebody asked for a difference, so keeping everything as it was is not what is claimed.
            kind = Kind.BUG
    criteria = _criteria_of(changed, repaired)
    added = None
    if issue is not None:
        head, asked, added = await ask_issue(lab, head, run, sides.head, read_issue(issue))
        criteria = _numbered((*asked, *criteria))
    return Claim(
        kind=kind,
        repository=repository,
        base=base,
        head=head,
        criteria=criteria or _untested(kind),
        environment=environment,
        suites=suites,
        run=run,
        baseline=baseline,
        issue_tests=added,
    )


def refuse_nothing(files: Sequence[ChangedFile]) -> None:
    """Refuse a change of neither source nor tests.

    Raises:
        InvalidRequest: No source and no test file changed.
    """
    if not any(file.is_product or file.is_test for file in files):
        raise InvalidRequest(
            "nothing that could be proved was changed: no source file and no test file",
            hint="Name the branch whose change should be proved, and `--base` if it left from another branch.",
        )


def infer_kind(language: Language, files: Sequence[ChangedFile], tests: Mapping[TestId, TestPlace]) -> Kind:
    """Return what sort of change this looks like.

    Only tests changed: tests. New public symbols that the new tests name, or that come without tests: feature. Source
    without tests and with the same interface: refactor. Else bug.

    Args:
        language: Of the project.
        files: What the change touches.
        tests: New or changed ones, and those that the change turned green.
    """
    if not any(file.is_product for file in files):
        return Kind.TESTS
    names = {symbol.qualified_name.rpartition(".")[2] for file in files for symbol in new_symbols(language, file)}
    if not tests:
        if names:
            return Kind.FEATURE
        return Kind.BUG if interface_changes(language, files) else Kind.REFACTOR
    text = "\n".join(file.after.decode(errors="replace") for file in files if file.is_test and file.after is not None)
    return Kind.FEATURE if any(name in text for name in names) else Kind.BUG


async def _changed_tests(
    lab: Lab, head: CommitId, files: Sequence[ChangedFile], suites: Sequence[TestSuite]
) -> dict[TestId, TestPlace]:
    """Return the tests whose text is new or different on the head, in the order of their files."""
    entries = {entry.path: entry for entry in await lab.repositories.list_files(lab.repository, head)}
    changed: dict[TestId, TestPlace] = {}
    for file in files:
        if not file.is_test or not file.is_source or file.after is None or file.path not in entries:
            continue
        for suite in suites:
            before = places_in(lab, suite, entries[file.path], file.before or b"")
            after = places_in(lab, suite, entries[file.path], file.after)
            for test, place in after.items():
                if test not in before or before[test].source != place.source:
                    changed.setdefault(test, place)
    return changed


async def _baseline(lab: Lab, base: CommitId, suites: tuple[TestSuite, ...]) -> Baseline:
    return await measure_baseline(
        repository=lab.repository,
        commit=base,
        environment=lab.environment,
        suites=suites,
        toolchain=lab.toolchain,
        repositories=lab.repositories,
        workspaces=lab.workspaces,
        progress=lab.progress,
    )


async def _repaired_tests(lab: Lab, head: CommitId, baseline: Baseline, suites: Suites) -> dict[TestId, TestPlace]:
    """Return the tests that fail on the base and pass on the head."""
    places = await find_places(lab, head, [result.test for result in baseline.failing], suites.head)
    if not places:
        return {}
    async with lab.workspaces.open(lab.repository, head) as workspace:
        seen = await observe(lab, workspace, select(places, suites.head), seeds=(0,))
    return {test: place for test, place in places.items() if seen.of(test)[0].outcome is Outcome.PASSED}


def _criteria_of(
    changed: Mapping[TestId, TestPlace], repaired: Mapping[TestId, TestPlace]
) -> tuple[ClaimedCriterion, ...]:
    if len(changed) + len(repaired) <= SINGLY_AT_MOST:
        added = [_single(test, place, "a test that the branch adds or changes") for test, place in changed.items()]
        red = [_single(test, place, "a test that fails on the base") for test, place in repaired.items()]
        return _numbered([*added, *red])
    by_path: dict[str, list[TestId]] = {}
    for test, place in {**changed, **repaired}.items():
        by_path.setdefault(place.path, []).append(test)
    return _numbered(
        [_criterion(f"{len(names)} tests of {path} hold.", path, *names) for path, names in by_path.items()]
    )


def _single(test: TestId, place: TestPlace, what: str) -> ClaimedCriterion:
    return _criterion(_sentence(test), f"{place.path}:{place.first_line}, {what}", test)


def _criterion(text: str, source: str, *tests: TestId) -> ClaimedCriterion:
    return ClaimedCriterion(id=CriterionId("c0"), text=text, source=source, tests=tests)


def _numbered(criteria: Sequence[ClaimedCriterion]) -> tuple[ClaimedCriterion, ...]:
    return tuple(
        ClaimedCriterion(
            id=CriterionId(f"c{number}"), text=criterion.text, source=criterion.source, tests=criterion.tests
        )
        for number, criterion in enumerate(criteria, start=1)
    )


def _sentence(test: TestId) -> str:
    """Return a test's name as words: `test_empty_text_is_fine` says `empty text is fine`."""
    name = test.rpartition("::")[2].rpartition(".")[2]
    words = name.removeprefix("test").strip("_").replace("_", " ")
    return words or name


def _untested(kind: Kind) -> tuple[ClaimedCriterion, ...]:
    """Return the one criterion of a change without tests: it is said, and nothing shows it."""
    if kind is Kind.REFACTOR:
        return ()
    return _numbered([_criterion("The change does what it is meant to do.", "No test was added or changed with it.")])
