"""What a plain agent does: one conversation about a request, believed at its word; and our verification of its head."""

from dataclasses import dataclass, replace

from eaa.domain.brief import Brief, Handover, Stage
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId
from eaa.domain.role import RoleName
from eaa.domain.run import Run
from eaa.domain.task import Task
from eaa.domain.verdict import CriterionVerdict
from eaa.engine.agent.conversation import Assignment, converse
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.job import Outcome
from eaa.engine.agent.workplace import changes_between
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.propose import ReadIssue, propose_claim
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Order, Place

CONTEXT = "alone"
PROMPT = "agent/alone"


@dataclass(frozen=True, slots=True)
class AloneResult:
    """What one author left, all by itself."""

    head: CommitId | None
    """None when it changed nothing."""
    outcome: Outcome


async def work_alone(
    order: Order, place: Place, run: Run, task: Task, *, tools: Tools, agents: AgentDesk
) -> AloneResult:
    """Return what a model submits in one conversation: no criteria, no tester, nobody who looks at it.

    Called again for the same run, the conversation goes on where it was.

    Raises:
        WorkParked: It did not submit.
        RunFenced: Another process has taken the run over.
        SandboxUnavailable: The machine cannot run commands.
    """
    brief = _brief(order, place, run, task)
    assignment = Assignment(context=CONTEXT, role=RoleName.SD, prompt=PROMPT, start=order.base)
    outcome = await converse(assignment, brief, tools, agents)
    changes = await changes_between(order.repository, outcome.start, outcome.tree, tools=tools)
    if not changes:
        return AloneResult(None, outcome)
    head = await tools.repositories.commit(
        order.repository,
        parent=order.base,
        changes=changes,
        message="what one author submitted\n",
        run_id=run.id,
    )
    return AloneResult(head, outcome)


async def verify_alone(
    order: Order, place: Place, task: Task, head: CommitId, *, tools: Tools, read_issue: ReadIssue
) -> Evidence:
    """Return what the change shows, by the rules of `eaa prove`: its own tests and the request's examples.

    Raises:
        InvalidRequest: Nothing that could be proved was changed, or the kind has no rules.
        TestsCannotStart: On neither side does a test even begin.
    """
    claim = await propose_claim(
        repository=order.repository,
        base=order.base,
        head=head,
        run=order.run_id,
        kind=task.kind,
        issue=task.text,
        read_issue=read_issue,
        environment=place.environment,
        suites=place.project.suites,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    return await gather_evidence(
        replace(claim, baseline=place.baseline),
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )


def unproven(evidence: Evidence) -> str:
    """Return why evidence amounts to less than *done*, in a sentence; empty when it does not."""
    open_ones = [
        f"{criterion.text} {criterion.verdict}: {criterion.method}"
        for criterion in evidence.criteria
        if criterion.verdict not in (CriterionVerdict.SHOWN, CriterionVerdict.HELD)
    ]
    findings = [finding.text for finding in evidence.tamper]
    return next(iter((*open_ones, *findings)), "")


def _brief(order: Order, place: Place, run: Run, task: Task) -> Brief:
    return Brief(
        stage=Stage.PATCH,
        run_id=run.id,
        task=task,
        repository=order.repository,
        base=order.base,
        project=place.project,
        environment=place.environment,
        baseline=place.baseline,
        instructions=place.instructions,
        handover=Handover(),
        generation=run.generation,
        has_model=True,
    )
