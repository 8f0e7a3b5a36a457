"""The roles' way to models as a run finds it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from eaa.adapters.memory.models import ScriptedModels
from eaa.settings import Settings
from eaa.wiring.agents import open_agents
from tests.support.agent_world import AgentWorld
from tests.support.flow_world import make_desk


@pytest.mark.parametrize(("budget_usd", "microusd"), [(0.0, 0), (0.5, 500_000), (None, 2_000_000)])
async def test_a_budget_elsewhere_holds_each_conversation_also_when_it_is_nothing(
    tmp_path: Path, budget_usd: float | None, microusd: int
) -> None:
    settings = Settings(home=tmp_path, orchestrator_url="http://127.0.0.1:9", orchestrator_token=SecretStr("token"))
    sandbox = AgentWorld({}, ScriptedModels()).sandbox

    async with open_agents(settings, {}, desk=make_desk(), sandbox=sandbox, budget_usd=budget_usd) as agents:
        assert agents.desk.limits.cost_microusd == microusd
