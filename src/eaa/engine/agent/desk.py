"""What working with models takes, besides the tools that every role has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from eaa.domain.ask import Account
from eaa.domain.brief import Brief
from eaa.domain.budget import Amount
from eaa.domain.completion import TokenUsage
from eaa.domain.ids import RunId
from eaa.domain.run import Run
from eaa.engine.agent.limits import Limits
from eaa.engine.journal import Desk
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.outside_tools import OutsideTools
from eaa.ports.prompts import PromptFiles
from eaa.ports.sandbox import Sandbox
from eaa.ports.schemas import Schemas
from eaa.ports.steering import Steering


async def _unknown(_: RunId) -> Amount | None:
    return None


@dataclass(frozen=True, slots=True)
class AgentDesk:
    """Models, prompts, and where conversations are kept."""

    desk: Desk
    sandbox: Sandbox
    schemas: Schemas
    orchestrator: Orchestrator
    prompts: PromptFiles
    steering_of: Callable[[RunId], Steering]
    """Where people are heard who say something to a run."""
    price_of: Callable[[TokenUsage], int | None] = lambda _: None
    """What tokens of the model that would be asked first cost in micro-dollars; None where nobody knows."""
    budget_of: Callable[[RunId], Awaitable[Amount | None]] = _unknown
    """What a run may spend in all; None where only `limits` says."""
    model: str | None = None
    """The model asked for; None leaves it to the rules."""
    limits: Limits = field(default_factory=Limits)
    """Of one conversation; the run's budget holds besides."""
    versions: tuple[tuple[str, str], ...] = ()
    """(part, version) written into every transcript."""
    outside: OutsideTools | None = None
    """Tools outside of the sandbox that the person configured; None for none."""


def account_of(brief: Brief) -> Account:
    """Return who pays for a run's models."""
    return Account(
        organisation_id=brief.task.organisation_id,
        run_id=brief.run_id,
        task_id=brief.task.id,
        repository=brief.repository.source,
    )


async def run_of(brief: Brief, agents: AgentDesk) -> Run:
    """Return the run as this execution may write it."""
    async with agents.desk.store.begin() as session:
        run = await session.runs.get(brief.run_id)
    return replace(run, generation=brief.generation)
