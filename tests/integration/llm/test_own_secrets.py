"""No key or token of the installation leaves in a prompt, wherever it is kept and whatever it looks like."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from eaa.adapters.files.owner_token import owner_token
from eaa.domain.ask import Account
from eaa.domain.catalogue import Catalogue
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model_errors import ModelFault
from eaa.domain.secret import Secret
from eaa.settings import Settings, load_settings
from eaa.wiring.llm import open_orchestrator
from eaa.wiring.llm_storage import MASTER_KEY_FILE, open_llm_storage
from eaa.wiring.own_secrets import TOKEN_FILE
from tests.loopback.models import LoopbackModels, serving_models
from tests.model_makers import make_model
from tests.support.fault_world import sampled_ask
from tests.support.llm_world import make_provider

OWN = "wholly.unusual!key~1"
HELPED = "printed|by|a|helper|1"
UNUSED = "of^a^house^without^models"
SEALED = "kept;sealed;in;the;table"
GITHUB = "token-for-our-own-forge-7"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
PROXY = "pass%2Fword-of-a-proxy"


def catalogue_of(server: LoopbackModels, folder: Path) -> Catalogue:
    """Describe a model that works, and one whose provider has a helper for keys and is never reached."""
    helper = folder / "helper.py"
    helper.write_text(f"print({HELPED!r})")
    house = replace(make_provider("loopback"), base_url=f"{server.address}/v1", key_environment="LOOPBACK_KEY")
    helped = replace(make_provider("helped"), key_command=(sys.executable, str(helper)))
    behind = replace(make_provider("behind"), proxy=f"http://me:{PROXY}@127.0.0.1:9")
    models = (make_model(), make_model(name="helped", provider="helped"), make_model(name="behind", provider="behind"))
    return Catalogue(models=models, providers={one.name: one for one in (house, helped, behind)})


async def seal(settings: Settings) -> str:
    """Keep a key of a provider that no model has, and return the master key that seals it."""
    async with open_llm_storage(settings) as storage:
        await storage.keys.add(DEFAULT_ORGANISATION, "somewhere", Secret(SEALED), now=NOW)
    return (settings.home / MASTER_KEY_FILE).read_text().split()[1]


async def test_every_secret_of_the_installation_is_taken_out_by_value(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path).model_copy(update={"github_token": SecretStr(GITHUB)})
    master_key, owner = await seal(settings), owner_token(tmp_path / TOKEN_FILE).reveal()
    secrets = (OWN, HELPED, UNUSED, SEALED, GITHUB, PROXY, "pass/word-of-a-proxy", master_key, owner)
    ask = sampled_ask("\n".join(f"secret {number}: {secret}." for number, secret in enumerate(secrets)))
    environment = {"LOOPBACK_KEY": OWN, "MISTRAL_API_KEY": UNUSED}

    async with serving_models(LoopbackModels(keys=(OWN,))) as server:
        catalogue = catalogue_of(server, tmp_path)
        async with open_orchestrator(catalogue, environment, settings=settings, patience_s=0.0) as orchestrator:
            # The very first prompt is clean already, whole, streamed and embedded.
            await orchestrator.complete(ask)
            assert [event async for event in orchestrator.stream(ask)]
            await orchestrator.embed(secrets, account=Account(), model="loop")
        bodies = [request.body.decode() for request in server.requests]

    assert len(bodies) == 3
    for secret in secrets:
        assert not any(secret in body for body in bodies), secret[:4]
    assert all(body.count("[known secret removed]") == len(secrets) for body in bodies)


async def test_a_key_that_is_put_into_the_table_later_is_known_as_soon_as_a_call_has_it(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    async with serving_models(LoopbackModels(keys=(SEALED,))) as server:
        house = replace(make_provider("somewhere"), base_url=f"{server.address}/v1")
        catalogue = Catalogue(models=(make_model(provider="somewhere"),), providers={"somewhere": house})
        async with open_orchestrator(catalogue, {}, settings=settings, patience_s=0.0) as orchestrator:
            with pytest.raises(ModelFault):
                await orchestrator.complete(sampled_ask("Hello."))
            await seal(settings)
            await orchestrator.desk.keys.refresh(house)
            await orchestrator.desk.keys.keys(house)
            await orchestrator.complete(sampled_ask(f"Is {SEALED} a key?"))
        last = server.requests[-1].body.decode()

    assert "Is [known secret removed] a key?" in last
