"""Gathering evidence for a claim: run, compare, judge, record."""

from dataclasses import dataclass

from eaa.domain.errors import TestsCannotStart
from eaa.domain.evidence import EVIDENCE_VERSION, CriterionEvidence, Evidence, MutantCount, TamperFinding, TreeState
from eaa.domain.kind import Kind
from eaa.domain.repository import Commit, FileChange
from eaa.engine.evidence.canary import find_forgery
from eaa.engine.evidence.change import ChangedFile, read_change, test_overlay
from eaa.engine.evidence.claim import UNCHANGED_BEHAVIOUR, Claim, ClaimedCriterion, refuse_unprovable
from eaa.engine.evidence.claimed import ClaimedTests, find_claimed, missing_though_written
from eaa.engine.evidence.colour import Colour, colour_of
from eaa.engine.evidence.differential import Answers, compare_answers
from eaa.engine.evidence.interface import interface_changes, stub_overlay
from eaa.engine.evidence.judge import Facts, judge_change, judge_criterion
from eaa.engine.evidence.lab import Lab, Suites, suites_of_sides
from eaa.engine.evidence.measurement import Sides, observe_criteria, observe_suites, select
from eaa.engine.evidence.mutants import Lines, count_killed, covered_mutants, make_mutants, mutant_limit
from eaa.engine.evidence.observation import Observation
from eaa.engine.evidence.parallel import both
from eaa.engine.evidence.record import encodable
from eaa.engine.evidence.regression import Comparison, compare_sides
from eaa.engine.evidence.siblings import find_special_cases
from eaa.engine.evidence.sight import Sight, evidence_of_absence
from eaa.engine.evidence.tamper import in_order, silenced_tests, tamper_findings
from eaa.engine.evidence.target import Target, changed_target, tested_target, unreached
from eaa.engine.evidence.versions import versions_of
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Toolchain
from eaa.ports.workspaces import Workspaces

_NO_MUTANTS = MutantCount(made=0, covered=0, killed=0, survivors=())


async def gather_evidence(
    claim: Claim,
    *,
    toolchain: Toolchain,
    repositories: Repositories,
    workspaces: Workspaces,
    progress: Progress,
) -> Evidence:
    """Measure a change and return what it amounts to. The same claim gives the same evidence on any machine.

    Raises:
        InvalidRequest: The claim's kind has no rules yet.
        RevisionNotFound: The repository has no such commit.
        SandboxUnavailable: Nothing could be run.
        TestsCannotStart: On neither side does a test even begin.
    """
    refuse_unprovable(claim.kind)
    lab = Lab(
        repository=claim.repository,
        environment=claim.environment,
        toolchain=toolchain,
        repositories=repositories,
        workspaces=workspaces,
        progress=progress,
    )
    base = await repositories.resolve(claim.repository, claim.base)
    head = await repositories.resolve(claim.repository, claim.head)
    suites = await suites_of_sides(lab, claim.suites, head.id)
    files = await read_change(lab, base.id, head.id, (*suites.base, *suites.head))
    case = _Case(lab=lab, claim=claim, base=base, head=head, suites=suites, files=files)
    seen = await _run(case)
    return encodable(await _record(case, seen, await _weigh(case, seen)))


@dataclass(frozen=True, slots=True)
class _Case:
    """The claim with what was read for it."""

    lab: Lab
    claim: Claim
    base: Commit
    head: Commit
    suites: Suites
    files: tuple[ChangedFile, ...]

    @property
    def criteria(self) -> tuple[ClaimedCriterion, ...]:
        if self.claim.kind is Kind.REFACTOR and not self.claim.criteria:
            return (UNCHANGED_BEHAVIOUR,)
        return self.claim.criteria


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the runs showed."""

    base_suite: Observation
    head_suite: Observation
    claimed: ClaimedTests
    stub: tuple[FileChange, ...]
    sides: Sides
    forgery: tuple[TamperFinding, ...]

    @property
    def executed(self) -> Lines:
        """Lines of the head that any test executes."""
        one, other = self.head_suite.covered, self.sides.head.covered
        return {path: one.get(path, frozenset()) | other.get(path, frozenset()) for path in {*one, *other}}


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What the runs and the texts amount to, before any criterion is judged."""

    facts: Facts
    uncovered: tuple[tuple[str, tuple[int, ...]], ...]


async def _run(case: _Case) -> _Seen:
    lab, claim, suites = case.lab, case.claim, case.suites
    lab.progress.noted("evidence: every suite on the base and on the head")
    base_suite, head_suite = await observe_suites(lab, case.base.id, case.head.id, suites, claim.baseline)
    if head_suite.is_fault and not base_suite.results:
        raise TestsCannotStart(fault=head_suite.faults[0])
    claimed = await find_claimed(lab, case.head.id, case.criteria, suites, head_suite)
    stub = stub_overlay(lab.toolchain.language, case.files) if claim.kind is Kind.FEATURE else ()
    lab.progress.noted(f"evidence: {len(claimed.places)} tests of the criteria on every side")
    sides, forgery = await both(
        observe_criteria(
            lab,
            case.base.id,
            case.head.id,
            tests=claimed.places,
            suites=suites,
            test_files=test_overlay(case.files),
            stub=stub,
        ),
        find_forgery(lab, case.head.id, suites, claimed.places, head_suite),
    )
    return _Seen(base_suite=base_suite, head_suite=head_suite, claimed=claimed, stub=stub, sides=sides, forgery=forgery)


async def _weigh(case: _Case, seen: _Seen) -> _Weighed:
    language = case.lab.toolchain.language
    target = await _target(case, seen)
    uncovered = unreached(language, target, seen.executed)
    compared = await _compare(case, seen)
    answers = Answers()
    if case.claim.kind is Kind.REFACTOR:
        answers = await compare_answers(case.lab, case.head.id, case.suites, case.files)
    special: tuple[TamperFinding, ...] = ()
    if case.claim.kind in (Kind.BUG, Kind.FEATURE):
        special = await find_special_cases(case.lab, case.head.id, case.suites, case.files)
    tamper = tamper_findings(language, case.files, (*case.suites.base, *case.suites.head))
    facts = Facts(
        kind=case.claim.kind,
        regression=compared.regression,
        mutants=await _mutants(case, seen, target),
        tamper=in_order((*tamper, *special, *seen.forgery, *silenced_tests(compared.silenced, tamper))),
        interface_changes=interface_changes(language, case.files),
        changed_lines=len(target.statements(language)),
        uncovered_lines=sum(len(lines) for _, lines in uncovered),
        is_suite_changed=any(file.is_test and file.before is not None for file in case.files),
        has_stub=bool(seen.stub),
        touched_sources=tuple(file.path for file in case.files if file.is_product),
        differences=answers.differences,
        calls_alike=answers.alike,
        left_open=case.claim.left_open,
    )
    return _Weighed(facts=facts, uncovered=uncovered)


async def _compare(case: _Case, seen: _Seen) -> Comparison:
    missing = await missing_though_written(
        case.lab,
        case.head.id,
        seen.base_suite.results,
        suites=case.suites,
        seen=seen.head_suite,
        files=case.files,
    )
    return compare_sides(seen.base_suite, seen.head_suite, is_criterion=seen.claimed.includes, missing=missing)


async def _target(case: _Case, seen: _Seen) -> Target:
    if case.claim.kind is not Kind.TESTS:
        return changed_target(case.files)
    return await tested_target(
        case.lab,
        case.head.id,
        case.suites.project.source_paths if case.suites.project is not None else (),
        words="\n".join(f"{criterion.text}\n{criterion.source}" for criterion in case.criteria),
        tests="\n".join(place.source for place in seen.claimed.places.values()),
        executed=seen.sides.head.covered,
    )


async def _mutants(case: _Case, seen: _Seen, target: Target) -> MutantCount:
    if case.claim.kind is Kind.REFACTOR:
        return _NO_MUTANTS
    language = case.lab.toolchain.language
    made = make_mutants(language, target.sources, target.lines)
    covered = covered_mutants(language, target.sources, made, seen.sides.head.covered)
    passing = {
        test: place
        for test, place in seen.claimed.places.items()
        if colour_of(seen.sides.head.of(test), reported="") is Colour.GREEN
    }
    duration_s = seen.sides.head.duration_s
    limit = case.claim.mutant_limit if case.claim.mutant_limit is not None else mutant_limit(duration_s)
    case.lab.progress.noted(f"evidence: {min(len(covered), limit)} mutants of the changed lines")
    return await count_killed(
        case.lab,
        case.head.id,
        mutants=made,
        covered=covered,
        limit=limit,
        selection=select(passing, case.suites.head),
        duration_s=duration_s,
    )


async def _record(case: _Case, seen: _Seen, weighed: _Weighed) -> Evidence:
    claim, facts = case.claim, weighed.facts
    judged = [_judge(criterion, seen, facts) for criterion in case.criteria]
    sights = [sight for _, of_criterion in judged for sight in of_criterion]
    return Evidence(
        version=EVIDENCE_VERSION,
        task=claim.task,
        run=claim.run,
        kind=claim.kind,
        base=TreeState(commit=case.base.id, tree=case.base.tree),
        head=TreeState(commit=case.head.id, tree=case.head.tree),
        patch_id=await case.lab.repositories.patch_id(claim.repository, case.base.id, case.head.id),
        environment_key=claim.environment.key,
        criteria=tuple(criterion for criterion, _ in judged),
        regression=facts.regression,
        mutants=facts.mutants,
        tamper=facts.tamper,
        interface_changes=facts.interface_changes,
        uncovered_lines=weighed.uncovered,
        verdict=judge_change([criterion.verdict for criterion, _ in judged], sights, facts),
        cost_microusd=claim.cost_microusd,
        tokens=claim.tokens,
        versions=versions_of(claim.environment),
        issue_tests=claim.issue_tests,
        left_open=claim.left_open,
        origin=claim.origin,
    )


def _judge(criterion: ClaimedCriterion, seen: _Seen, facts: Facts) -> tuple[CriterionEvidence, tuple[Sight, ...]]:
    sights = tuple(
        Sight(
            test=test,
            place=seen.claimed.places[test],
            base=seen.sides.base.of(test),
            stub=seen.sides.stub.of(test)[:1] if seen.stub else (),
            head=seen.sides.head.of(test),
            in_suite=seen.head_suite.of(test),
            reported=f"{criterion.text}\n{criterion.source}",
        )
        for test in seen.claimed.of[criterion.id]
    )
    absent = seen.claimed.absent[criterion.id]
    verdict, method = judge_criterion(sights, absent, facts)
    return (
        CriterionEvidence(
            id=criterion.id,
            text=criterion.text,
            source=criterion.source,
            verdict=verdict,
            method=method,
            tests=(*(sight.evidence() for sight in sights), *map(evidence_of_absence, absent)),
        ),
        sights,
    )
