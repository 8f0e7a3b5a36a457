"""An orchestrator on the storage of an installation, opened again and again."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from eaa.domain.ask import Account, Ask
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import CompletionRequest, Message, Speaker, Text
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.model_errors import AllModelsFailed, BudgetExhausted, KeyRefused, ModelsResting, RateLimited
from eaa.domain.secret import Secret
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.ports.model_usage import UsageKey
from eaa.settings import Settings, load_settings
from eaa.wiring.llm import limit_run, load_catalogue, open_orchestrator
from eaa.wiring.llm_storage import open_llm_storage
from tests.loopback.models import KEY, LoopbackModels, serving_models
from tests.model_makers import make_model
from tests.postgres import new_database
from tests.support.llm_world import make_provider

RUN = RunId("run_1")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[LoopbackModels]:
    async with serving_models() as serving:
        yield serving


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    plain = Settings(home=tmp_path / "home", model="openai/loop-1")
    if request.param == "sqlite":
        return plain
    return plain.model_copy(
        update={
            "database_url": request.getfixturevalue("empty_postgres"),
            "redis_url": SecretStr(request.getfixturevalue("redis_url")),
        }
    )


def environment(server: LoopbackModels, *, key: str | None = KEY) -> dict[str, str]:
    address = {"OPENAI_BASE_URL": f"{server.address}/v1"}
    return address if key is None else {**address, "OPENAI_API_KEY": key}


def catalogue_of(settings: Settings, server: LoopbackModels) -> Catalogue:
    return load_catalogue(settings, environment(server))


def ask(*, is_cached: bool = False, text: str = "Hello") -> Ask:
    message = Message(Speaker.USER, (Text(text),))
    request = CompletionRequest(messages=(message,), max_output_tokens=100, temperature=0.0)
    return Ask(request=request, account=Account(run_id=RUN), is_cached=is_cached)


async def test_an_answer_is_kept_and_counted_for_the_next_process(settings: Settings, server: LoopbackModels) -> None:
    catalogue, asked = catalogue_of(settings, server), ask(is_cached=True, text=secrets.token_hex(8))

    answers = []
    for _ in range(2):
        async with open_orchestrator(catalogue, environment(server), settings=settings) as orchestrator:
            answers.append(await orchestrator.complete(asked))

    assert [answer.is_from_cache for answer in answers] == [False, True]
    assert answers[0].completion.text == answers[1].completion.text
    assert len(server.requests) == 1
    async with open_llm_storage(settings) as storage:
        [line] = await storage.usage.sums(DEFAULT_ORGANISATION, UsageKey.MODEL, since=LONG_AGO)
        assert (line.calls, line.cached_calls) == (2, 1)
        assert await storage.budgets.owners() == frozenset()


@pytest.mark.postgres
async def test_shards_that_share_a_redis_know_nothing_of_each_others_answers(
    tmp_path: Path, server: LoopbackModels, postgres_url: str, redis_url: str
) -> None:
    asked = ask(is_cached=True, text=secrets.token_hex(8))
    with new_database(postgres_url) as main, new_database(postgres_url) as acme:
        plain = Settings(home=tmp_path / "home", model="openai/loop-1", redis_url=SecretStr(redis_url))
        shards = [
            plain.model_copy(update={"database_url": main}),
            plain.model_copy(update={"database_url": acme, "shard": "acme"}),
        ]
        answers = []
        for settings in (*shards, *shards):
            catalogue = catalogue_of(settings, server)
            async with open_orchestrator(catalogue, environment(server), settings=settings) as orchestrator:
                answers.append(await orchestrator.complete(asked))

    assert [answer.is_from_cache for answer in answers] == [False, False, True, True]
    assert len(server.requests) == 2


async def test_a_runs_budget_holds_in_the_next_process_too(settings: Settings, server: LoopbackModels) -> None:
    catalogue = catalogue_of(settings, server)
    async with open_orchestrator(catalogue, environment(server), settings=settings) as orchestrator:
        await limit_run(RUN, 0.01, orchestrator=orchestrator)
        spent = await orchestrator.complete(ask())
        assert spent.completion.usage is not None

    async with open_llm_storage(settings) as storage:
        scope = Scope(ScopeKind.RUN, RUN)
        budget = await storage.budgets.get(DEFAULT_ORGANISATION, scope)
        assert budget is not None
        assert budget.spent == Amount(unpriced_tokens=spent.completion.usage.total_tokens)
        assert budget.reserved == Amount()
        await storage.budgets.set_limit(DEFAULT_ORGANISATION, scope, budget.spent)

    async with open_orchestrator(catalogue, environment(server), settings=settings) as orchestrator:
        with pytest.raises(BudgetExhausted, match="run run_1"):
            await orchestrator.complete(ask())
    assert len(server.requests) == 1


async def test_a_days_budget_of_nothing_lets_nothing_out(settings: Settings, server: LoopbackModels) -> None:
    frugal = settings.model_copy(update={"day_budget_usd": 0.0})

    async with open_orchestrator(catalogue_of(settings, server), environment(server), settings=frugal) as orchestrator:
        with pytest.raises(BudgetExhausted, match="day"):
            await orchestrator.complete(ask())

    assert server.requests == []


async def test_a_key_put_into_the_table_is_used_without_a_restart(settings: Settings, server: LoopbackModels) -> None:
    catalogue = catalogue_of(settings, server)
    without_key = environment(server, key=None)
    async with (
        open_llm_storage(settings) as storage,
        open_orchestrator(catalogue, without_key, settings=settings, patience_s=0.0) as orchestrator,
    ):
        with pytest.raises((KeyRefused, AllModelsFailed)):
            await orchestrator.complete(ask())

        await storage.keys.add(DEFAULT_ORGANISATION, "openai", Secret(KEY), now=orchestrator.desk.clock.now())
        for provider in catalogue.providers.values():
            await orchestrator.desk.keys.refresh(provider)
        answer = await orchestrator.complete(replace(ask(), is_pinned=True, model="openai/loop-1"))

    assert answer.completion.text
    assert (settings.home / "master.key").stat().st_mode & 0o077 == 0


async def test_a_limit_a_minute_holds_for_all_processes_that_share_a_redis(
    tmp_path: Path, redis_url: str, server: LoopbackModels
) -> None:
    provider = f"house-{secrets.token_hex(6)}"
    house = replace(make_provider(provider), base_url=f"{server.address}/v1", requests_per_minute=3)
    house = replace(house, key_environment="OPENAI_API_KEY")
    catalogue = Catalogue(models=(make_model(provider=provider),), providers={provider: house})
    shared = load_settings(home=tmp_path, redis_url=redis_url)

    def opened() -> AbstractAsyncContextManager[LocalOrchestrator]:
        return open_orchestrator(catalogue, environment(server), settings=shared, patience_s=0.0)

    async with opened() as ours, opened() as theirs:
        for orchestrator in (ours, theirs, ours):
            await orchestrator.complete(ask())
        with pytest.raises((RateLimited, ModelsResting)):
            await theirs.complete(ask())

    assert len(server.requests) == 3
