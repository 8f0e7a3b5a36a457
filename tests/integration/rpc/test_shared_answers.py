"""Two replicas of an orchestrator on one database: one key, one answer, one call that is paid."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import SqlStore, open_store
from eaa.adapters.system.clock import SystemClock
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.model_errors import ModelUnreachable
from eaa.domain.service_errors import KeyTaken
from eaa.services.orchestrator import shared_answers
from eaa.services.orchestrator.shared_answers import GONE_AFTER_S, KEPT, SharedAnswers
from tests.integration.rpc.test_orchestrator_door import CATALOGUE, LONG_S, Watched, asking, request
from tests.postgres import new_database
from tests.support.rpc_orchestrator import serving_rpc_orchestrator
from tests.support.rpc_world import until


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    """The same database, twice."""
    async with AsyncExitStack() as stack:
        url = sqlite_address(tmp_path / "eaa.sqlite")
        if request.param == "postgres":
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_url")))
        await upgrade(url)
        yield (await stack.enter_async_context(open_store(url)), await stack.enter_async_context(open_store(url)))


@dataclass
class Work:
    """A call that ends when a test says so."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    times: int = 0
    fault: Exception | None = None

    async def __call__(self) -> bytes:
        self.times += 1
        self.begun.set()
        await self.free.wait()
        if self.fault is not None:
            raise self.fault
        return f"answer {self.times}".encode()


def replica(store: SqlStore, clock: MemoryClock, slot: str) -> SharedAnswers:
    return SharedAnswers(store=store, clock=clock, slot=slot)


async def ask(replica: SharedAnswers, work: Work, *, digest: str = "digest", organisation: str = "org_1") -> bytes:
    return await replica.answer(OrganisationId(organisation), "k", digest, work)


async def test_who_asks_another_replica_with_the_same_key_gets_the_same_answer(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    watched = Watched()
    async with AsyncExitStack() as stack:
        worlds = []
        for number, store in enumerate(stores):
            shared = SharedAnswers(store=store, clock=SystemClock(), slot=f"llm-{number}")
            served = serving_rpc_orchestrator(watched, CATALOGUE, shared=shared)
            worlds.append(await stack.enter_async_context(served))
        doors = [await stack.enter_async_context(asking(world)) for world in worlds]
        waiting = [stub.Complete(request("k"), metadata=headers, timeout=LONG_S) for stub, headers in doors * 3]
        await until(lambda: bool(watched.asked))
        watched.free.set()
        answers = [await rpc for rpc in waiting]
        stub, headers = doors[1]
        other = stub.Complete(request("k", "Something else?"), metadata=headers, timeout=LONG_S)

        assert {answer.parts[0].text.text for answer in answers} == {"Hello."}
        assert await other.code() is grpc.StatusCode.ALREADY_EXISTS
        assert len(watched.asked) == 1


async def test_whoever_waits_takes_over_from_a_process_that_is_gone(stores: tuple[SqlStore, SqlStore]) -> None:
    clock, lost, work = MemoryClock(), Work(), Work()
    gone = asyncio.create_task(ask(replica(stores[0], clock, "llm-0"), lost))
    await lost.begun.wait()
    waiting = asyncio.create_task(ask(replica(stores[1], clock, "llm-1"), work))
    await asyncio.sleep(0.3)
    was_waiting = not work.begun.is_set()
    clock.advance(GONE_AFTER_S + 1)
    async with asyncio.timeout(60):
        await work.begun.wait()
    work.free.set()
    answer = await waiting
    # The process was only frozen: its caller has its own answer, everybody after it that of the other.
    lost.free.set()

    assert was_waiting
    assert (answer, await gone) == (b"answer 1", b"answer 1")
    assert await ask(replica(stores[0], clock, "llm-2"), Work()) == b"answer 1"


async def test_a_call_that_goes_on_for_long_is_not_taken_over(
    stores: tuple[SqlStore, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_answers, "RENEW_S", 0.01)
    clock, work, other = MemoryClock(), Work(), Work()
    first = asyncio.create_task(ask(replica(stores[0], clock, "llm-0"), work))
    await work.begun.wait()
    second = asyncio.create_task(ask(replica(stores[1], clock, "llm-1"), other))
    for _ in range(5):
        clock.advance(GONE_AFTER_S - 1)
        await _renewed(stores[0], clock)
    work.free.set()

    assert (await first, await second) == (b"answer 1", b"answer 1")
    assert other.times == 0


@pytest.mark.parametrize("behind_s", [-300.0, -20.0, 20.0, 300.0])
async def test_clocks_of_replicas_need_not_agree(stores: tuple[SqlStore, SqlStore], behind_s: float) -> None:
    clock, work, other = MemoryClock(), Work(), Work()
    elsewhere = MemoryClock(clock.now() + timedelta(seconds=behind_s))
    first = asyncio.create_task(ask(replica(stores[0], clock, "llm-0"), work))
    await work.begun.wait()
    second = asyncio.create_task(ask(replica(stores[1], elsewhere, "llm-1"), other))
    await asyncio.sleep(0.3)
    was_waiting = not other.begun.is_set()
    work.free.set()

    assert was_waiting
    assert (await first, await second) == (b"answer 1", b"answer 1")


async def _renewed(store: SqlStore, clock: MemoryClock) -> None:
    """Wait until the claim is as new as can be."""
    async with asyncio.timeout(60):
        while True:
            async with store.begin() as session:
                claim = await session.kept_replies.find(OrganisationId("org_1"), "k")
            if claim is not None and claim.created_at == clock.now():
                return
            await asyncio.sleep(0.01)


async def test_an_error_and_a_caller_that_leaves_free_the_key(stores: tuple[SqlStore, SqlStore]) -> None:
    clock, failing, left, work = MemoryClock(), Work(fault=ModelUnreachable("gone")), Work(), Work()
    failing.free.set()
    work.free.set()
    with pytest.raises(ModelUnreachable):
        await ask(replica(stores[0], clock, "llm-0"), failing)
    leaving = asyncio.create_task(ask(replica(stores[0], clock, "llm-0"), left))
    await left.begun.wait()
    leaving.cancel()
    await asyncio.wait({leaving})

    assert await ask(replica(stores[1], clock, "llm-1"), work) == b"answer 1"


async def test_a_key_belongs_to_its_organisation_and_to_what_was_asked_for_a_while(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    clock, work = MemoryClock(), Work()
    work.free.set()
    here = replica(stores[0], clock, "llm-0")
    first = await ask(here, work)
    other = await ask(here, work, organisation=DEFAULT_ORGANISATION)
    with pytest.raises(KeyTaken):
        await ask(here, work, digest="something else")
    clock.advance(KEPT.total_seconds() + 1)
    later = await ask(here, work, digest="something else")

    assert (first, other, later) == (b"answer 1", b"answer 2", b"answer 3")
