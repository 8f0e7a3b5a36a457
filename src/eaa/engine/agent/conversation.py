"""A role's conversation with a model about a brief: the same beginning for every role, its own instruction last."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from eaa.domain.brief import Brief
from eaa.domain.completion import TokenUsage, ToolSpec
from eaa.domain.errors import RunStopped
from eaa.domain.ids import CommitId, RunId
from eaa.domain.parked import LimitReached, ModelGaveUp, ModelStuck, PersonAsked
from eaa.domain.role import RoleName
from eaa.domain.run import Run
from eaa.domain.spent import Spent, spent_on
from eaa.domain.transcript import Ended, EndReason, Opened, Told, Voice
from eaa.engine.agent.desk import AgentDesk, account_of, run_of
from eaa.engine.agent.job import AgentPorts, Job, Outcome
from eaa.engine.agent.limits import Limits, is_granted_again
from eaa.engine.agent.opening import read_opening
from eaa.engine.agent.tools.outside import allowed_with, tools_with
from eaa.engine.agent.tools.specs import ALL_TOOLS
from eaa.engine.agent.transcript import Transcript
from eaa.engine.brief import render_brief
from eaa.engine.llm.prompts import find_prompt, render
from eaa.engine.loop import run_loop
from eaa.engine.tools import Tools
from eaa.kit.digest import sha256_hex

SYSTEM_PROMPT = "agent/system"
GO_ON = "A person lets the work go on from here."


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one role shall do, and what it starts from."""

    context: str
    """Names the conversation within the run: `author` or `tester`."""
    role: RoleName
    prompt: str
    """Name of the prompt file with its instruction."""
    start: CommitId
    """What its workspace holds in the beginning."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What fills the prompt's gaps."""
    told: tuple[Told, ...] = ()
    """Words of the run for it, each with a key."""
    allowed: frozenset[str] = ALL_TOOLS
    share: float = 1.0
    """Of a run's tokens and money, what this conversation may use."""


async def converse(assignment: Assignment, brief: Brief, tools: Tools, agents: AgentDesk) -> Outcome:
    """Let a model work on an assignment until it submits, from wherever the conversation stands.

    Raises:
        WorkParked: It ended otherwise: with a question, at a limit, in a circle, or without a model. The conversation
            is kept, and asked again it goes on.
        RunStopped: A person stopped the run.
        PromptInvalid: A prompt file cannot be used.
        RunFenced: Another process has taken the run over.
        SandboxUnavailable: The machine cannot run commands.
    """
    run = await run_of(brief, agents)
    limits = await limits_of(assignment, brief, agents)
    job = job_of(assignment, brief, run, agents, shown=await _shown_before(run, agents), limits=limits)
    told = await _resumption(job, agents)
    outcome = await run_loop(replace(job, told=(*job.told, *told)), _ports(brief, tools, agents))
    refuse_unfinished(_with_share(outcome.ended, assignment), brief.run_id)
    return outcome


def job_of(
    assignment: Assignment,
    brief: Brief,
    run: Run,
    agents: AgentDesk,
    *,
    shown: tuple[ToolSpec, ...] | None = None,
    limits: Limits | None = None,
) -> Job:
    """Return the loop's job: system text, tools and brief as for every role, the instruction last.

    Args:
        assignment: What the role shall do.
        brief: The facts.
        run: The run, with the generation of this execution.
        agents: Models and their tools.
        shown: The tools that an earlier conversation of the run was shown; None begins with those of now.
        limits: Of this conversation; None takes its share of the usual ones.
    """
    system = find_prompt(SYSTEM_PROMPT, files=agents.prompts)
    prompt = find_prompt(assignment.prompt, files=agents.prompts)
    requirement = brief.handover.requirement
    opened = Opened(
        system=render(system, {}),
        brief=render_brief(brief),
        instruction=render(prompt, assignment.values),
        tools=tools_with(agents.outside) if shown is None else shown,
        start=assignment.start,
        prompt_sha256=sha256_hex(f"{system.sha256}{prompt.sha256}".encode()),
        model=brief.model or agents.model,
        versions=agents.versions,
    )
    return Job(
        run=run,
        context=assignment.context,
        role=assignment.role,
        repository=brief.repository,
        environment=brief.environment,
        project=brief.project,
        opened=opened,
        told=assignment.told,
        allowed=allowed_with(assignment.allowed, agents.outside, origin=brief.task.origin),
        limits=limits or agents.limits.shared(assignment.share),
        account=account_of(brief),
        kind=requirement.kind if requirement is not None else None,
    )


def refuse_unfinished(ended: Ended, run_id: RunId) -> None:
    """Refuse an end that is none: a person, a larger limit or another model has to come first.

    Raises:
        WorkParked: The model did not submit.
    """
    match ended.why:
        case EndReason.SUBMITTED:
            return
        case EndReason.ASKED:
            raise PersonAsked(run_id=run_id, question=ended.detail, options=ended.options)
        case EndReason.LIMIT:
            raise LimitReached(run_id=run_id, limit=ended.detail, is_granted_again=is_granted_again(ended.detail))
        case EndReason.STUCK:
            raise ModelStuck(run_id=run_id, because=ended.detail)
        case EndReason.FAULT:
            raise ModelGaveUp(run_id=run_id, because=ended.detail)
        case EndReason.STOPPED:
            raise RunStopped(run_id=run_id)
        case _:
            assert_never(ended.why)


def spent_of(outcome: Outcome) -> Spent:
    """Return what a conversation has cost so far."""
    return spent_on(outcome.used.tokens, outcome.used.cost_microusd)


async def _shown_before(run: Run, agents: AgentDesk) -> tuple[ToolSpec, ...] | None:
    """Return the tools that the run's conversations are shown, fixed by whichever of them began first."""
    opened = await read_opening(run.id, store=agents.desk.store, blobs=agents.desk.blobs)
    return None if opened is None else opened.tools


async def limits_of(assignment: Assignment, brief: Brief, agents: AgentDesk) -> Limits:
    """Return what a conversation may use: its share of what the run may spend, in tokens where no price is known."""
    budget, limits = await agents.budget_of(brief.run_id), agents.limits
    if budget is not None:
        limits = replace(limits, cost_microusd=budget.cost_microusd)
        if agents.price_of(TokenUsage()) is None:
            limits = replace(limits, tokens=min(limits.tokens, budget.unpriced_tokens))
    return limits.shared(assignment.share)


def _with_share(ended: Ended, assignment: Assignment) -> Ended:
    """Return an end at a limit in words that say whose limit it was."""
    if ended.why is not EndReason.LIMIT or assignment.share == 1.0:
        return ended
    return replace(ended, detail=f"{ended.detail}, {assignment.share:.0%} of the run's for the {assignment.context}")


async def _resumption(job: Job, agents: AgentDesk) -> tuple[Told, ...]:
    """Return what lets a parked conversation go on in a new execution of its run; nothing for one that submitted."""
    transcript = await Transcript.open(job.run, job.context, desk=agents.desk)
    noted = transcript.noted
    last = noted[-1].entry if noted else None
    if not isinstance(last, Ended) or last.why is EndReason.SUBMITTED:
        return ()
    return (Told(Voice.SYSTEM, GO_ON, key=f"execution {job.run.generation}"),)


def _ports(brief: Brief, tools: Tools, agents: AgentDesk) -> AgentPorts:
    return AgentPorts(
        desk=agents.desk,
        tools=tools,
        sandbox=agents.sandbox,
        schemas=agents.schemas,
        orchestrator=agents.orchestrator,
        steering=agents.steering_of(brief.run_id),
        outside=agents.outside,
    )
