"""Where a process finds its models, and to whom it shows which token."""

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from eaa.adapters.files.owner_token import owner_token
from eaa.domain.errors import InvalidRequest
from eaa.domain.model_errors import NoModel
from eaa.services.orchestrator.server import serving
from eaa.settings import load_settings
from eaa.wiring.orchestrator import OrchestratorPlace
from eaa.wiring.way_to_models import open_way_to_models
from tests.support.llm_world import make_ask
from tests.support.orchestrator_world import OWNER, serving_orchestrator


async def test_without_an_address_models_are_asked_from_this_process(tmp_path: Path) -> None:
    async with open_way_to_models(load_settings(home=tmp_path), {}) as orchestrator:
        with pytest.raises(NoModel, match="no model is configured"):
            await orchestrator.complete(make_ask())


async def test_a_token_of_the_settings_is_shown(tmp_path: Path) -> None:
    async with serving_orchestrator() as world:
        settings = load_settings(home=tmp_path, orchestrator_url=world.address, orchestrator_token=OWNER)
        async with open_way_to_models(settings, {}) as orchestrator:
            answer = await orchestrator.complete(make_ask())
            counted = orchestrator.count_tokens(make_ask("word " * 100))

    assert answer.model == "loop"
    assert counted > 50


@pytest.mark.parametrize("url", ["https://models.example", "http://127.0.0.1.example:8421"])
async def test_the_owners_token_is_shown_to_no_other_machine(tmp_path: Path, url: str) -> None:
    owner_token(tmp_path / "token")

    with pytest.raises(InvalidRequest, match="no token") as raised:
        async with open_way_to_models(load_settings(home=tmp_path, orchestrator_url=url), {}):
            pass

    assert "EAA_ORCHESTRATOR_TOKEN" in raised.value.hint


async def test_beyond_this_machine_metrics_need_a_token() -> None:
    async with serving_orchestrator() as world:
        door = replace(world.door, are_metrics_open=False)
        async with serving(door, host="127.0.0.1", port=0) as address, aiohttp.ClientSession() as session:
            async with session.get(f"{address}/metrics") as response:
                without = response.status
            async with session.get(f"{address}/metrics", headers={"Authorization": f"Bearer {OWNER}"}) as response:
                with_one = response.status

    assert (without, with_one) == (401, 200)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.7", False),
        ("models.example", False),
    ],
)
def test_only_loopback_is_this_machine(host: str, is_local: bool) -> None:
    place = OrchestratorPlace(host=host, names=("Models.Example",))

    assert place.is_local is is_local
    assert "models.example" in place.own_names
    assert (f"[{host}]" if ":" in host else host) in place.own_names
