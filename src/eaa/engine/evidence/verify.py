"""Deriving evidence again, believing nothing that the record says."""

import re
from dataclasses import dataclass

from eaa.domain.environment import Environment, EnvironmentRequest
from eaa.domain.errors import FileNotInCommit, InvalidRequest, RevisionNotFound
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId
from eaa.domain.kind import Kind
from eaa.domain.project import TestSuite
from eaa.domain.repository import Repository
from eaa.domain.test_report import Outcome
from eaa.engine.evidence.asked import not_only_tests, rebuild_head
from eaa.engine.evidence.claim import MUTANT_FLOOR, UNCHANGED_BEHAVIOUR, Claim, ClaimedCriterion
from eaa.engine.evidence.difference import differences, flaky_notes
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.lab import suites_of_project
from eaa.kit.bounded import printable
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Toolchain
from eaa.ports.workspaces import Workspaces

NOT_DERIVABLE = (
    "the claim itself (kind, words of the criteria, what its author leaves open)",
    "cost",
    "tokens",
    "task",
    "run",
    "origin of the request",
    "version of eaa",
)
"""What is the producer's word: nothing in the repository says it."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPORTED_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What came of deriving evidence again."""

    differences: tuple[str, ...]
    """One sentence each, at most 100; empty when everything derivable is the same."""
    notes: tuple[str, ...] = ()
    """What a person should know and what decides nothing."""
    derived: Evidence | None = None
    """The evidence as it was derived; None when it could not be."""

    @property
    def is_same(self) -> bool:
        """Whether the record holds."""
        return not self.differences


async def verify_evidence(
    evidence: Evidence,
    *,
    repository: Repository,
    request: EnvironmentRequest,
    toolchain: Toolchain,
    repositories: Repositories,
    workspaces: Workspaces,
    progress: Progress,
) -> VerificationReport:
    """Derive everything in a record again and return what differs.

    Commands, suites and the environment come from the repository's own base commit and from `request`, never from the
    record; the record only says which commits, which criteria and which tests.

    Raises:
        ConsentMissing: The environment would have to be installed first.
        EnvironmentMissing: The project's tests cannot be run here.
        SandboxUnavailable: Nothing could be run.
    """
    unbuilt = await rebuild_head(evidence, repository=repository, repositories=repositories)
    wrong = (unbuilt,) if unbuilt is not None else await _commits_missing(evidence, repository, repositories)
    if wrong:
        return VerificationReport(differences=wrong)
    place = await derive_place(
        repository=repository,
        base=evidence.base.commit,
        head=evidence.head.commit,
        request=request,
        toolchain=toolchain,
    )
    if place is None:
        return VerificationReport(differences=("the repository holds no project that this version can test",))
    environment, suites = place
    if smuggled := not_only_tests(evidence, toolchain.language, suites):
        return VerificationReport(differences=smuggled)
    try:
        derived = await gather_evidence(
            claim_of(evidence, repository=repository, environment=environment, suites=suites),
            toolchain=toolchain,
            repositories=repositories,
            workspaces=workspaces,
            progress=progress,
        )
    except (InvalidRequest, FileNotInCommit) as error:
        return VerificationReport(differences=(f"the evidence cannot be derived: {error}",))
    found = (*_too_few_mutants(evidence, derived), *differences(evidence, derived))
    return VerificationReport(
        differences=found[:_REPORTED_AT_MOST],
        notes=(*_added_notes(evidence), *flaky_notes(evidence, derived)),
        derived=derived,
    )


async def derive_place(
    *,
    repository: Repository,
    base: CommitId,
    head: CommitId,
    request: EnvironmentRequest,
    toolchain: Toolchain,
) -> tuple[Environment, tuple[TestSuite, ...]] | None:
    """Return the environment and the suites a claim about two commits is measured with, from the repository alone.

    The base decides; a repository whose base has no tests (or no project) yet is measured as its head has it. None when
    neither holds a project of this language.

    Raises:
        ConsentMissing: Packages would have to be installed and `request.consent` was not given.
        EnvironmentMissing: No recipe worked.
    """
    on_base = await toolchain.detect(repository, base)
    on_head = await toolchain.detect(repository, head)
    suites = suites_of_project(on_base, on_head)
    if on_base is not None:
        return await toolchain.prepare(on_base, repository, base, request), suites
    if on_head is not None:
        return await toolchain.prepare(on_head, repository, head, request), suites
    return None


def claim_of(
    evidence: Evidence, *, repository: Repository, environment: Environment, suites: tuple[TestSuite, ...]
) -> Claim:
    """Return the claim that a record must have come from."""
    criteria = tuple(
        ClaimedCriterion(
            id=criterion.id,
            text=criterion.text,
            source=criterion.source,
            tests=tuple(test.id for test in criterion.tests),
        )
        for criterion in evidence.criteria
    )
    return Claim(
        kind=evidence.kind,
        repository=repository,
        base=evidence.base.commit,
        head=evidence.head.commit,
        criteria=() if evidence.kind is Kind.REFACTOR and criteria == (UNCHANGED_BEHAVIOUR,) else criteria,
        environment=environment,
        suites=suites,
        task=evidence.task,
        run=evidence.run,
        cost_microusd=evidence.cost_microusd,
        tokens=evidence.tokens,
        mutant_limit=max(evidence.mutants.run, 0),
        issue_tests=evidence.issue_tests,
        left_open=evidence.left_open,
    )


def _added_notes(evidence: Evidence) -> tuple[str, ...]:
    added = evidence.issue_tests
    if added is None:
        return ()
    paths = ", ".join(printable(file.path) for file in added.files)
    return (f"the head is the branch at {added.onto[:12]} with tests of the issue that the record holds: {paths}",)


async def _commits_missing(evidence: Evidence, repository: Repository, repositories: Repositories) -> tuple[str, ...]:
    missing = []
    for side, commit in (("base", evidence.base.commit), ("head", evidence.head.commit)):
        if not _COMMIT.fullmatch(commit):
            missing.append(f"{side}.commit: {printable(commit[:80])!r} is not a full commit hash")
            continue
        try:
            found = await repositories.resolve(repository, commit)
        except RevisionNotFound:
            missing.append(
                f"{side}.commit: the repository has no commit {commit}; fetch the branch it is on, or give `--repo` of "
                "the repository that has it"
            )
            continue
        if found.id != commit:
            missing.append(f"{side}.commit: recorded {commit}, the repository says {found.id}")
    return tuple(missing)


def _too_few_mutants(recorded: Evidence, derived: Evidence) -> tuple[str, ...]:
    """Refuse a record that ran fewer mutants than anyone may: the rest of the derivation follows its number."""
    is_any_green = any(set(test.head) == {Outcome.PASSED} for one in derived.criteria for test in one.tests)
    needed = min(MUTANT_FLOOR, derived.mutants.covered)
    if not is_any_green or recorded.mutants.run >= needed:
        return ()
    return (f"mutants: {recorded.mutants.run} of {derived.mutants.covered} were run, at least {needed} have to be",)
