"""The orchestrator as it is wired, with each dialect, over real sockets."""

from pathlib import Path

import pytest

from eaa.domain.catalogue import Catalogue
from eaa.domain.model import Provider
from eaa.settings import load_settings
from eaa.wiring.llm import open_orchestrator
from tests.loopback.model_wire import Scripted
from tests.loopback.models import serving_models
from tests.model_makers import make_model
from tests.support.fault_world import sampled_ask
from tests.support.model_worlds import WIRES


@pytest.mark.parametrize("name", WIRES)
async def test_every_dialect_is_spoken(name: str, tmp_path: Path) -> None:
    wire = WIRES[name]
    async with serving_models() as server:
        provider = Provider(
            name="loopback",
            dialect=wire.dialect,
            base_url=server.address + wire.path,
            key_environment="LOOPBACK_KEY",
            options=wire.options,
            query=wire.query,
        )
        catalogue = Catalogue(models=(make_model(),), providers={"loopback": provider})
        async with open_orchestrator(
            catalogue, {"LOOPBACK_KEY": wire.key}, settings=load_settings(home=tmp_path), patience_s=0.0
        ) as orchestrator:
            answer = await orchestrator.complete(sampled_ask())

    assert answer.completion.text == Scripted().text
