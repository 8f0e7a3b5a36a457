"""The roles' way to models: an orchestrator here or elsewhere, prompts, and where conversations are kept."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.completion import TokenUsage
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.limits import Limits
from eaa.engine.journal import Desk
from eaa.engine.llm.costs import amount_of_usd, cost_microusd
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.steering import StoredSteering
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.sandbox import Sandbox
from eaa.settings import Settings
from eaa.wiring.llm import limit_run, load_catalogue, prompt_files
from eaa.wiring.outside_tools import open_outside_tools
from eaa.wiring.way_to_models import open_way_to_models

DEFAULT_BUDGET_USD = 2.0


def has_models(settings: Settings, environment: Mapping[str, str]) -> bool:
    """Return whether any model is configured, here or behind an orchestrator elsewhere.

    Raises:
        InvalidRequest: The file of models or the name of the default model cannot be used.
    """
    return settings.orchestrator_url is not None or bool(load_catalogue(settings, environment).models)


@dataclass(frozen=True, slots=True)
class Agents:
    """What the roles work with, and the budget that holds them."""

    desk: AgentDesk
    orchestrator: Orchestrator

    async def limit(self, run_id: RunId, budget_usd: float) -> None:
        """Let a run spend so many dollars and no more.

        An orchestrator elsewhere holds its own budgets; then the limit holds for each conversation of the run.
        """
        if isinstance(self.orchestrator, LocalOrchestrator):
            await limit_run(run_id, budget_usd, orchestrator=self.orchestrator)


@asynccontextmanager
async def open_agents(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    desk: Desk,
    sandbox: Sandbox,
    budget_usd: float | None,
    caller: str = "cli",
) -> AsyncIterator[Agents]:
    """Open the way to models and close it at the end of the block.

    Args:
        settings: Which models, and where.
        environment: Where keys are.
        desk: Where conversations are kept.
        sandbox: Where the models' commands run.
        budget_usd: Of one conversation where an orchestrator elsewhere holds the budgets; here the run's own counts.
        caller: What asks models, as `open_way_to_models` has it.

    Raises:
        InvalidRequest: `models.toml` or `mcp.toml` cannot be used, or there is no token for the orchestrator that is
            named.
    """
    async with (
        open_outside_tools(settings, environment, progress=desk.progress) as outside,
        open_way_to_models(settings, environment, caller=caller) as orchestrator,
    ):
        budget = amount_of_usd(DEFAULT_BUDGET_USD if budget_usd is None else budget_usd)
        yield Agents(
            AgentDesk(
                desk=desk,
                sandbox=sandbox,
                schemas=JsonSchemas(),
                orchestrator=orchestrator,
                prompts=prompt_files(settings),
                steering_of=lambda run_id: StoredSteering(run_id, store=desk.store),
                price_of=_price_of(settings, environment),
                model=settings.model,
                limits=Limits(cost_microusd=budget.cost_microusd),
                budget_of=partial(_budget_of, orchestrator),
                versions=(("eaa", version("eaa")),),
                outside=outside,
            ),
            orchestrator,
        )


async def _budget_of(orchestrator: Orchestrator, run_id: RunId) -> Amount | None:
    """Return what a run may spend in all; an orchestrator elsewhere keeps that to itself."""
    if not isinstance(orchestrator, LocalOrchestrator):
        return None
    budget = await orchestrator.desk.budgets.get(DEFAULT_ORGANISATION, Scope(ScopeKind.RUN, run_id))
    return None if budget is None else budget.limit


def _price_of(settings: Settings, environment: Mapping[str, str]) -> Callable[[TokenUsage], int | None]:
    """Return what tokens of the default model cost; an orchestrator elsewhere keeps its prices to itself."""
    if settings.orchestrator_url is not None:
        return lambda _: None
    catalogue = load_catalogue(settings, environment)
    model = catalogue.by_name.get(catalogue.default or "", catalogue.models[0])
    prices = model.prices
    return lambda usage: None if prices is None else cost_microusd(usage, prices)
