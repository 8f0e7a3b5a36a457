"""Access tokens out of a service account, from a token server on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typing_extensions import override

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.models.google_tokens import GoogleTokens, exchange_over
from eaa.adapters.models.transport import open_transport
from eaa.domain.model import Dialect, Provider
from eaa.domain.model_errors import AnswerMalformed, KeyRefused, ModelOverloaded, ModelUnreachable
from eaa.domain.secret import Secret
from eaa.ports.model_keys import ModelKeys
from tests.loopback.google_tokens import LoopbackTokens, serving_tokens

VERTEX = Provider(name="google", dialect=Dialect.VERTEX, base_url="https://aiplatform.googleapis.com/v1")


class GivenKeys(ModelKeys):
    """Whatever the test puts in."""

    def __init__(self) -> None:
        self.given: tuple[str, ...] = ()
        self.refreshed: list[str] = []

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        return tuple(Secret(key) for key in self.given)

    @override
    async def refresh(self, provider: Provider) -> None:
        self.refreshed.append(provider.name)


@dataclass
class World:
    server: LoopbackTokens
    inner: GivenKeys
    clock: MemoryClock
    keys: GoogleTokens

    async def tokens(self, provider: Provider = VERTEX) -> list[str]:
        return [secret.reveal() for secret in await self.keys.keys(provider)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serving_tokens() as server, open_transport() as transport:
        inner, clock = GivenKeys(), MemoryClock()
        inner.given = (server.account_json(),)
        yield World(server, inner, clock, GoogleTokens(keys=inner, exchange=exchange_over(transport), clock=clock))


async def test_an_account_becomes_a_token_that_is_kept(world: World) -> None:
    assert await world.tokens() == ["token-1"]
    assert await world.tokens() == ["token-1"]
    assert world.server.granted == 1


async def test_callers_at_once_ask_once(world: World) -> None:
    assert await asyncio.gather(*(world.tokens() for _ in range(8))) == [["token-1"]] * 8
    assert world.server.granted == 1


async def test_a_token_is_renewed_five_minutes_before_its_end(world: World) -> None:
    await world.tokens()

    world.clock.advance(3299)
    assert await world.tokens() == ["token-1"]

    world.clock.advance(1)
    assert await world.tokens() == ["token-2"]


async def test_a_short_token_is_kept_for_half_its_life(world: World) -> None:
    world.server.expires_in_s = 100
    await world.tokens()

    world.clock.advance(49)
    assert await world.tokens() == ["token-1"]
    world.clock.advance(1)
    assert await world.tokens() == ["token-2"]


async def test_a_refused_token_is_forgotten(world: World) -> None:
    await world.tokens()

    await world.keys.refresh(VERTEX)

    assert await world.tokens() == ["token-2"]
    assert world.inner.refreshed == ["google"]


async def test_an_account_may_be_a_file(world: World, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(world.server.account_json())
    by_option = Provider(
        name="other", dialect=Dialect.VERTEX, base_url="", options=(("service_account_file", str(file)),)
    )
    world.inner.given = (str(file),)

    assert await world.tokens() == ["token-1"]
    assert await world.tokens(by_option) == ["token-2"]


async def test_other_keys_pass_through(world: World) -> None:
    world.inner.given = ("ya29.ready", "sk-key")

    assert await world.tokens() == ["ya29.ready", "sk-key"]
    assert await world.tokens(Provider(name="x", dialect=Dialect.OPENAI, base_url="")) == ["ya29.ready", "sk-key"]
    assert world.server.granted == 0


async def test_a_signature_of_another_key_is_refused(world: World) -> None:
    world.inner.given = (LoopbackTokens().account_json(token_uri=f"{world.server.address}/token"),)

    with pytest.raises(KeyRefused, match="Invalid JWT Signature"):
        await world.tokens()


async def test_a_busy_or_missing_token_server_is_no_refused_key(world: World) -> None:
    world.server.status = 503
    with pytest.raises(ModelOverloaded, match="503"):
        await world.tokens()

    world.server.status = 201
    with pytest.raises(AnswerMalformed):
        await world.tokens()

    world.inner.given = (world.server.account_json(token_uri="http://127.0.0.1:9/token"),)
    with pytest.raises(ModelUnreachable):
        await world.tokens()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"private_key": "secret-key"}, "private key"),
        ({"private_key": None}, "cannot be read"),
        ({"token_uri": "http://tokens.example/token"}, "not behind https"),
    ],
)
async def test_a_broken_account_is_told_without_its_key(world: World, facts: dict[str, object], words: str) -> None:
    world.inner.given = (world.server.account_json(**facts),)

    with pytest.raises(KeyRefused, match=words) as caught:
        await world.tokens()

    assert "secret-key" not in str(caught.value)
    assert json.loads(world.server.account_json())["private_key"] not in str(caught.value)


async def test_a_file_that_is_not_there_is_told(world: World) -> None:
    world.inner.given = ("/nowhere/account.json",)

    with pytest.raises(KeyRefused, match="No such file"):
        await world.tokens()
