"""The workflow `change`: from a request to a branch with evidence. What follows what, and nothing else."""

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import TypeVar

from eaa.domain.artefact import (
    Artefact,
    BugReport,
    Change,
    CodeMap,
    Patch,
    PullRequestText,
    Reproduction,
    Requirement,
    RolloutNote,
    Skipped,
    WrittenTests,
)
from eaa.domain.brief import Brief, Handover, Stage
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId
from eaa.domain.kind import PROVABLE_KINDS, Kind
from eaa.domain.plan import Plan
from eaa.domain.role import RoleName
from eaa.domain.run import Run, RunState
from eaa.domain.spent import Spent
from eaa.domain.task import Task, origin_of_run
from eaa.domain.verdict import TaskVerdict
from eaa.engine.codec import decode, encode
from eaa.engine.directives import OVER, refuse_halted
from eaa.engine.environments_here import environment_here
from eaa.engine.evidence.claim import Claim, claim_criteria
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.journal import Desk, Journal
from eaa.engine.planning import make_plan, refuse_unapproved
from eaa.engine.suites import with_test_files
from eaa.engine.tools import Tools
from eaa.engine.workflows import endings
from eaa.engine.workflows.order import ChangeResult, Order, Place
from eaa.engine.workflows.place import find_place
from eaa.engine.workflows.publish import Publisher
from eaa.engine.workflows.stages import STAGE_EVENTS, Staged, StageKind, sentence_of
from eaa.ports.code_host import CodeHosts
from eaa.ports.roles import Roles
from eaa.ports.workflow import Workflow

T = TypeVar("T")
PLAN_STEP = "PM · plan"
"""The step whose output is the plan that a person approves."""
ROUNDS = 3
"""How often a change that failed its verification goes back to its author."""
PROPOSE = "RD · open the pull request"
APPROVAL = "approval of the plan"
TOLD_BY_OTHERS = frozenset({PROPOSE, APPROVAL})
"""Steps whose outcome only somebody outside knows, an address or a yes; a replay takes it from the record."""
WORTH_PUBLISHING = frozenset({TaskVerdict.DONE, TaskVerdict.PARTLY, TaskVerdict.PLAUSIBLE, TaskVerdict.NEEDS_DECISION})


@dataclass(frozen=True, slots=True)
class ChangeWorkflow:
    """Runs one change. Calling it is the workflow function."""

    desk: Desk
    tools: Tools
    roles: Roles
    code_hosts: CodeHosts

    async def __call__(self, workflow: Workflow, argument: bytes) -> bytes:
        """Do everything a change needs and return its ChangeResult as JSON."""
        order = decode(argument, Order)
        async with self.desk.store.begin() as session:
            run = await session.runs.get(order.run_id)
            task = await session.tasks.get(run.task_id)
            if run.state not in OVER:
                # Said before there was an execution to end, or to pause.
                await session.runs.hold(run.id, generation=workflow.generation)
                await refuse_halted(session, run.id)
        run = replace(run, generation=workflow.generation)
        journal = Journal(workflow, run, self.desk, origin=origin_of_run(task))
        execution = _Execution(order=order, run=run, task=task, journal=journal, flow=self)
        result = await execution.work()
        result = replace(result, spent=execution.spent)
        await journal.end(RunState.DONE, result.verdict, result.head)
        return encode(result)


@dataclass(slots=True)
class _Execution:
    """One execution of one run, from the top; finished steps answer from their record."""

    order: Order
    run: Run
    task: Task
    journal: Journal
    flow: ChangeWorkflow
    spent_on: dict[Stage, Spent] = field(default_factory=dict)
    """What models have cost for each stage, over all its rounds."""

    @property
    def spent(self) -> Spent:
        """What models have cost so far."""
        return reduce(add, self.spent_on.values(), Spent())

    @property
    def _publisher(self) -> Publisher:
        flow = self.flow
        return Publisher(order=self.order, run=self.run, desk=flow.desk, tools=flow.tools, code_hosts=flow.code_hosts)

    async def work(self) -> ChangeResult:
        place = await self.journal.step(
            "environment and baseline",
            Place,
            lambda: find_place(self.order, self.flow.tools),
            event=lambda _: "baseline.measured",
            says=_place_sentence,
        )
        brief = self._first_brief(place)
        requirement = await self._stage(RoleName.PM, Stage.REQUIREMENT, Requirement, brief)
        if requirement is None or requirement.questions or requirement.kind not in PROVABLE_KINDS:
            return endings.undecided(self.order, requirement)
        brief = _handing_over(brief, requirement=requirement)
        code_map = await self._stage(RoleName.SA, Stage.CODE_MAP, CodeMap, brief)
        brief = _handing_over(brief, code_map=code_map)
        if self.order.has_model and requirement.kind is Kind.REFACTOR:
            # No test can be red for a change that changes nothing: the suite as it is judges.
            await self._approval(brief)
            return await self._author(brief, requirement, place)
        if self.order.has_model and requirement.kind is Kind.TESTS:
            await self._approval(brief)
            return await self._tester(brief, requirement, place)
        tests = await self._stage(RoleName.QA, Stage.TESTS, WrittenTests, brief)
        if tests is None:
            return endings.without_author(self.order, requirement)
        # Later roles run the tests that QA wrote; the evidence is measured with the base's own suites.
        brief = replace(_handing_over(brief, tests=tests), project=with_test_files(brief.project, tests.paths))
        reproduction = await self._stage(RoleName.RD, Stage.REPRODUCTION, Reproduction, brief)
        if not tests.red:
            return endings.nothing_red(self.order, requirement, tests, reproduction)
        await self._approval(brief)
        return await self._author(_handing_over(brief, reproduction=reproduction), requirement, place)

    async def _approval(self, brief: Brief) -> None:
        """Let a person say yes to the plan first, where one wants to."""
        if not self.order.stops_at_plan:
            return
        plan = await self.journal.step(
            PLAN_STEP,
            Plan,
            lambda: _at_once(make_plan(brief, self.flow.tools.agents)),
            event=lambda _: "plan.written",
            says=lambda plan: f"{plan.kind}, {len(plan.criteria)} criteria, {len(plan.red)} red tests",
        )
        await self.journal.step(
            APPROVAL,
            str,
            lambda: refuse_unapproved(plan, brief, self.flow.desk),
            event=lambda _: "plan.approved",
            says=lambda subject: f"a person said yes to {subject[:12]}",
        )

    async def _author(self, brief: Brief, requirement: Requirement, place: Place) -> ChangeResult:
        patch: Patch | None = None
        for round_number in range(1, ROUNDS + 1):
            patch = await self._stage(RoleName.SD, Stage.PATCH, Patch, brief, round_number)
            if patch is None or patch.commit is None:
                break
            brief = _handing_over(brief, patch=patch)
            change = await self._stage(RoleName.RD, Stage.INTEGRATION, Change, brief, round_number)
            if change is None:
                break
            brief = _handing_over(brief, change=change)
            evidence = await self._verify(self._claim(brief, requirement, change.head, place), place, round_number)
            brief = _handing_over(brief, evidence=evidence)
            if evidence.verdict in WORTH_PUBLISHING:
                return await self._finish(brief, requirement, change, evidence)
            report = await self._stage(RoleName.QA, Stage.BUG_REPORT, BugReport, brief, round_number)
            brief = _handing_over(brief, bug_reports=(*brief.handover.bug_reports, *((report,) if report else ())))
        return endings.not_repaired(self.order, requirement, patch, brief.handover.evidence)

    async def _tester(self, brief: Brief, requirement: Requirement, place: Place) -> ChangeResult:
        """Let QA write tests where tests are all that is asked for, until they watch over their target."""
        for round_number in range(1, ROUNDS + 1):
            tests = await self._stage(RoleName.QA, Stage.TESTS, WrittenTests, brief, round_number)
            if tests is None or not tests.paths:
                break
            # The next round starts from the base again, with all that was written before in its conversation.
            written = _handing_over(brief, tests=tests)
            change = await self._stage(RoleName.RD, Stage.INTEGRATION, Change, written, round_number)
            if change is None:
                break
            written = _handing_over(written, change=change)
            evidence = await self._verify(self._claim(written, requirement, change.head, place), place, round_number)
            written = _handing_over(written, evidence=evidence)
            is_blind = evidence.mutants.run > 0 and evidence.mutants.killed == 0
            is_last = evidence.verdict is TaskVerdict.DONE or round_number == ROUNDS
            if evidence.verdict in WORTH_PUBLISHING and is_last and not is_blind:
                return await self._finish(written, requirement, change, evidence)
            report = await self._stage(RoleName.QA, Stage.BUG_REPORT, BugReport, written, round_number)
            brief = _handing_over(written, bug_reports=(*brief.handover.bug_reports, *((report,) if report else ())))
        return endings.not_repaired(self.order, requirement, None, brief.handover.evidence)

    async def _finish(self, brief: Brief, requirement: Requirement, change: Change, evidence: Evidence) -> ChangeResult:
        rollout = await self._stage(RoleName.SRE, Stage.ROLLOUT, RolloutNote, brief)
        brief = _handing_over(brief, rollout=rollout)
        words = await self._stage(RoleName.RD, Stage.PULL_REQUEST, PullRequestText, brief)
        branch = await self._publish(change)
        address = await self._propose(change, words)
        return ChangeResult(
            run_id=self.order.run_id,
            kind=requirement.kind,
            verdict=evidence.verdict,
            note=endings.sentence_of(evidence),
            base=self.order.base,
            head=change.head,
            branch=branch,
            evidence=evidence,
            pull_request=words,
            rollout=rollout,
            pull_request_address=address,
        )

    async def _publish(self, change: Change) -> str:
        return await self.journal.step(
            "RD · publish the branch",
            str,
            lambda: self._publisher.publish_branch(change),
            event=lambda _: "branch.published",
            says=lambda name: f"branch {name} at {change.head[:12]}",
        )

    async def _propose(self, change: Change, words: PullRequestText | None) -> str | None:
        """Open the pull request when one is wanted, and return its address."""
        order, proposal = self.order, self.order.proposal
        if proposal is None or words is None:
            return None
        if proposal.address != order.repository.source:
            await self.journal.step(
                "RD · push the branch",
                str,
                lambda: self._publisher.push_branch(change, proposal),
                event=lambda _: "branch.published",
                says=lambda address: f"branch {change.branch} in {address}",
            )
        return await self.journal.step(
            PROPOSE,
            str,
            lambda: self._publisher.open_pull_request(change, words, proposal),
            event=lambda _: "pull_request.opened",
            says=lambda address: address,
        )

    def _claim(self, brief: Brief, requirement: Requirement, head: CommitId, place: Place) -> Claim:
        tests, patch = brief.handover.tests, brief.handover.patch
        return Claim(
            kind=requirement.kind,
            repository=brief.repository,
            base=brief.base,
            head=head,
            criteria=claim_criteria(requirement.criteria, dict(tests.tests) if tests is not None else {}),
            environment=brief.environment,
            suites=place.project.suites,
            task=self.task.id,
            run=self.order.run_id,
            baseline=brief.baseline,
            left_open=_left_open(requirement, patch),
            origin=origin_of_run(self.task),
            cost_microusd=self.spent.cost_microusd,
            tokens=self.spent.tokens,
        )

    async def _verify(self, claim: Claim, place: Place, round_number: int) -> Evidence:
        tools = self.flow.tools

        async def gather() -> Evidence:
            own = await environment_here(claim.environment, place.project, self.order, toolchain=tools.toolchain)
            return await gather_evidence(
                replace(claim, environment=own),
                toolchain=tools.toolchain,
                repositories=tools.repositories,
                workspaces=tools.workspaces,
                progress=tools.progress,
            )

        return await self.journal.step(
            _numbered("verification in fresh workspaces", round_number),
            Evidence,
            gather,
            event=lambda found: "evidence.recorded" if found.verdict in WORTH_PUBLISHING else "verification.failed",
            says=lambda found: f"verdict: {found.verdict}",
        )

    async def _stage(
        self, role: RoleName, stage: Stage, kind: type[StageKind], brief: Brief, round_number: int = 1
    ) -> StageKind | None:
        """Let a role work on a stage; None when it was skipped."""

        async def work() -> Staged:
            artefact: Artefact = await self.flow.roles.work(role, replace(brief, stage=stage))
            if isinstance(artefact, Skipped):
                return Staged(skipped=artefact.reason)
            plain = decode(encode(artefact), object)
            return Staged(artefact=plain, sentence=sentence_of(artefact), origin=origin_of_run(self.task))

        staged = await self.journal.step(
            _numbered(f"{role.upper()} · {stage}", round_number),
            Staged,
            work,
            event=lambda value: "role.skipped" if value.skipped is not None else STAGE_EVENTS.get(stage),
            says=lambda value: value.sentence if value.skipped is None else f"skipped: {value.skipped}",
        )
        if staged.skipped is not None:
            return None
        artefact = decode(encode(staged.artefact), kind)
        if isinstance(artefact, Requirement | CodeMap | WrittenTests | Patch):
            self.spent_on[stage] = artefact.spent
        return artefact

    def _first_brief(self, place: Place) -> Brief:
        return Brief(
            stage=Stage.REQUIREMENT,
            run_id=self.order.run_id,
            task=self.task,
            repository=self.order.repository,
            base=self.order.base,
            project=place.project,
            environment=place.environment,
            baseline=place.baseline,
            instructions=place.instructions,
            handover=Handover(),
            generation=self.run.generation,
            has_model=self.order.has_model,
            model=self.order.fork.model if self.order.fork is not None else None,
        )


def _left_open(requirement: Requirement, patch: Patch | None) -> tuple[str, ...]:
    """Return what is not settled: what the author says of its change, and wishes that nobody worked on."""
    wishes = tuple(f"the request also says: {wish} Nobody worked on that." for wish in requirement.unread)
    return (*(patch.left_open if patch is not None else ()), *wishes)


async def _at_once(value: T) -> T:
    return value


def _handing_over(brief: Brief, **artefacts: object) -> Brief:
    return replace(brief, handover=replace(brief.handover, **artefacts))  # type: ignore[arg-type]


def _numbered(title: str, round_number: int) -> str:
    return title if round_number == 1 else f"{title} (round {round_number})"


def _place_sentence(place: Place) -> str:
    baseline = place.baseline
    parts = [f"{len(baseline.passing)} green", f"{len(baseline.failing)} red"]
    if baseline.flaky:
        parts.append(f"{len(baseline.flaky)} flaky")
    return f"{place.environment.recipe}; tests on the base: {', '.join(parts)}"
