"""The roles' way to models: an orchestrator here or elsewhere, prompts, and where conversations are kept."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.domain.ids import RunId
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.limits import Limits
from eaa.engine.journal import Desk
from eaa.engine.llm.costs import amount_of_usd
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.steering import StoredSteering
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.sandbox import Sandbox
from eaa.settings import Settings
from eaa.wiring.llm import limit_run, load_catalogue, prompt_files
from eaa.wiring.orchestrator import open_way_to_models
from eaa.wiring.outside_tools import open_outside_tools

DEFAULT_BUDGET_USD = 2.0
_MICROUSD = 1_000_000


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
    settings: Settings, environment: Mapping[str, str], *, desk: Desk, sandbox: Sandbox, budget_usd: float | None
) -> AsyncIterator[Agents]:
    """Open the way to models and close it at the end of the block.

    Args:
        settings: Which models, and where.
        environment: Where keys are.
        desk: Where conversations are kept.
        sandbox: Where the models' commands run.
        budget_usd: Of one conversation; None leaves it to the budget that the run has already.

    Raises:
        InvalidRequest: `models.toml` or `mcp.toml` cannot be used, or there is no token for the orchestrator that is
            named.
    """
    async with (
        open_outside_tools(settings, environment, progress=desk.progress) as outside,
        open_way_to_models(settings, environment) as orchestrator,
    ):
        is_held = budget_usd is None and isinstance(orchestrator, LocalOrchestrator)
        usual = Limits()
        limit = usual.tokens * _MICROUSD if is_held else amount_of_usd(budget_usd or DEFAULT_BUDGET_USD).cost_microusd
        yield Agents(
            AgentDesk(
                desk=desk,
                sandbox=sandbox,
                schemas=JsonSchemas(),
                orchestrator=orchestrator,
                prompts=prompt_files(settings),
                steering_of=lambda run_id: StoredSteering(run_id, store=desk.store),
                model=settings.model,
                limits=Limits(cost_microusd=limit),
                versions=(("eaa", version("eaa")),),
                outside=outside,
            ),
            orchestrator,
        )
