"""The orchestrator's gRPC door: answered once, closed upstream, asked by whom."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from typing_extensions import override

from eaa.adapters.sql.audit import SqlAudit
from eaa.adapters.sql.engine import database_name, open_engine
from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent
from eaa.domain.caller import NotIdentified, RoleForbidden
from eaa.domain.completion import Completion, Embeddings, Started, StopReason, Text, TextDelta
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.model_errors import ModelUnreachable, NoModel, RequestRefused, StreamCut
from eaa.domain.role import RoleName
from eaa.ports.orchestrator import Orchestrator, Takeover
from eaa.services.orchestrator.answered_once import KEPT_S, MOST_KEPT, AnsweredOnce
from eaa.settings import load_settings
from eaa.wire import orchestrator_pb2 as pb
from eaa.wire.health_pb2 import HealthCheckRequest
from eaa.wire.health_pb2_grpc import HealthStub
from eaa.wire.orchestrator_pb2_grpc import OrchestratorStub
from eaa.wiring.orchestrator import OrchestratorPlace, open_orchestrator_service
from eaa.wiring.rpc_place import RpcPlace
from eaa.wiring.storage import database_url
from eaa.wiring.way_to_models import open_way_to_models
from tests.loopback.models import KEY, LoopbackModels, serving_models
from tests.support.llm_world import make_ask, make_world
from tests.support.rpc_orchestrator import RpcOrchestratorWorld, serving_rpc_orchestrator
from tests.support.rpc_world import until

LONG_S = 20.0
CATALOGUE = make_world({"only": []}).desk.catalogue
HELLO = Answer(Completion((Text("Hello."),), StopReason.END, None), "only", cost_microusd=3)


@dataclass
class Watched(Orchestrator):
    """An orchestrator that does as a test says and tells what was asked of it."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Ask] = field(default_factory=list)
    dropped: int = 0
    fault: Exception | None = None

    @override
    async def complete(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.dropped += 1
            raise
        if self.fault is not None:
            raise self.fault
        return HELLO

    @override
    async def stream(
        self, ask: Ask, *, takeover: Takeover = Takeover.RESTART
    ) -> AsyncGenerator[OrchestratedEvent, None]:
        self.asked.append(ask)
        try:
            yield Started()
            yield TextDelta("Hel")
            await self.free.wait()
            if self.fault is not None:
                raise self.fault
        finally:
            self.dropped += 1

    @override
    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        raise NoModel("no model makes embeddings")

    @override
    def count_tokens(self, ask: Ask) -> int:
        return 42


@asynccontextmanager
async def asking(
    world: RpcOrchestratorWorld, scope: str = "model.ask"
) -> AsyncIterator[tuple[OrchestratorStub, object]]:
    token = world.sign(scope, DEFAULT_ORGANISATION).reveal()
    async with grpc.aio.insecure_channel(world.address.removeprefix("grpc://")) as channel:
        yield OrchestratorStub(channel), (("authorization", f"Bearer {token}"),)


def request(key: str = "", text: str = "Hello?") -> pb.CompleteRequest:
    message = pb.Message(speaker="user", parts=[pb.Part(text=pb.Text(text=text))])
    return pb.CompleteRequest(ask=pb.Ask(request=pb.Request(messages=[message])), idempotency_key=key)


async def test_who_asks_with_the_same_key_gets_the_same_answer_and_one_call_is_paid() -> None:
    watched = Watched()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, asking(world) as (stub, headers):
        waiting = [stub.Complete(request("k"), metadata=headers, timeout=LONG_S) for _ in range(3)]
        await until(lambda: bool(watched.asked))
        watched.free.set()
        answers = [await rpc for rpc in waiting]
        later = await stub.Complete(request("k"), metadata=headers, timeout=LONG_S)
        other = stub.Complete(request("k", "Something else?"), metadata=headers, timeout=LONG_S)

        assert {answer.parts[0].text.text for answer in (*answers, later)} == {"Hello."}
        assert answers[0].settlement.cost_microusd == 3
        assert await other.code() is grpc.StatusCode.ALREADY_EXISTS
        assert len(watched.asked) == 1
        await stub.Complete(request(), metadata=headers, timeout=LONG_S)
        assert len(watched.asked) == 2


async def test_a_retry_finds_the_call_that_a_broken_connection_left(tmp_path: Path) -> None:
    watched = Watched()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, asking(world) as (stub, headers):
        first = stub.Complete(request("k"), metadata=headers, timeout=LONG_S)
        await until(lambda: bool(watched.asked))
        first.cancel()
        second = stub.Complete(request("k"), metadata=headers, timeout=LONG_S)
        watched.free.set()

        assert (await second).parts[0].text.text == "Hello."
        assert (len(watched.asked), watched.dropped) == (1, 0)


async def test_a_call_that_nobody_comes_back_for_ends() -> None:
    watched = Watched()
    async with (
        serving_rpc_orchestrator(watched, CATALOGUE, linger_s=0.0) as world,
        asking(world) as (stub, headers),
    ):
        rpc = stub.Complete(request("k"), metadata=headers, timeout=LONG_S)
        await until(lambda: bool(watched.asked))
        rpc.cancel()
        await until(lambda: watched.dropped == 1)


async def test_whoever_asks_after_a_call_was_given_up_begins_a_new_one() -> None:
    watched, answered = Watched(), AnsweredOnce[Answer](monotonic_s=lambda: 0.0, linger_s=0.0)

    async def ask() -> Answer:
        return await answered.answer("ada", "k", "digest", lambda: watched.complete(make_ask()))

    first = asyncio.ensure_future(ask())
    await until(lambda: bool(watched.asked))
    first.cancel()
    await until(lambda: not answered._flights)
    watched.free.set()

    assert await ask() == HELLO
    assert (len(watched.asked), watched.dropped) == (2, 1)


async def test_answers_are_kept_for_a_while_and_not_without_end() -> None:
    watched, now_s = Watched(), [0.0]
    watched.free.set()
    answered = AnsweredOnce[Answer](monotonic_s=lambda: now_s[0])

    async def ask(key: str) -> Answer:
        return await answered.answer("ada", key, "digest", lambda: watched.complete(make_ask()))

    await ask("old")
    now_s[0] = KEPT_S + 1
    await ask("old")
    assert len(watched.asked) == 2
    for number in range(MOST_KEPT + 5):
        await ask(str(number))

    assert len(answered._flights) <= MOST_KEPT + 1
    before = len(watched.asked)
    await ask(str(MOST_KEPT + 4))
    assert len(watched.asked) == before


async def test_a_process_that_ends_lets_answers_finish_and_waits_for_no_watcher(tmp_path: Path) -> None:
    watched = Watched()
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(AsyncExitStack())
        opened = serving_rpc_orchestrator(watched, CATALOGUE, grace_s=LONG_S)
        world = await served.enter_async_context(opened)
        stub, headers = await stack.enter_async_context(asking(world))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(world.address.removeprefix("grpc://")))
        watch = HealthStub(channel).Watch(HealthCheckRequest(), timeout=LONG_S)
        await watch.read()
        answer = asyncio.ensure_future(_parts(stub.Complete(request(), metadata=headers, timeout=LONG_S)))
        await until(lambda: bool(watched.asked))
        ending = asyncio.ensure_future(served.aclose())
        watched.free.set()

        assert await answer == ["Hello."]
        assert await watch.code() is grpc.StatusCode.UNAVAILABLE
        await ending


async def _parts(rpc: Any) -> list[str]:
    return [part.text.text for part in (await rpc).parts]


async def test_an_error_is_not_kept_under_its_key() -> None:
    watched = Watched(fault=ModelUnreachable("no route"))
    watched.free.set()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, asking(world) as (stub, headers):
        failed = stub.Complete(request("k"), metadata=headers, timeout=LONG_S)
        assert await failed.code() is grpc.StatusCode.ABORTED
        watched.fault = None
        answer = await stub.Complete(request("k"), metadata=headers, timeout=LONG_S)

    assert answer.parts[0].text.text == "Hello."


async def test_ending_a_stream_closes_the_one_behind_it() -> None:
    watched = Watched()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, world.client() as orchestrator:
        async with aclosing(orchestrator.stream(make_ask())) as events:
            told = [await anext(events), await anext(events)]
        await until(lambda: watched.dropped == 1)

    assert told == [Started(), TextDelta("Hel")]


async def test_a_deadline_ends_a_stream_behind_it_too() -> None:
    watched = Watched()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, asking(world) as (stub, headers):
        rpc = stub.Stream(pb.StreamRequest(ask=request().ask), metadata=headers, timeout=3.0)
        with pytest.raises(grpc.aio.AioRpcError) as late:
            async for _ in rpc:
                pass
        await until(lambda: watched.dropped == 1)

    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_stream_without_its_end_is_cut() -> None:
    watched = Watched()
    watched.free.set()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, world.client() as orchestrator:
        with pytest.raises(StreamCut, match="before the answer did"):
            async for _ in orchestrator.stream(make_ask()):
                pass


async def test_nobody_at_the_address_and_a_token_that_does_not_hold_are_told_as_a_caller_knows_them() -> None:
    watched = Watched()
    watched.free.set()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        world = await first.enter_async_context(serving_rpc_orchestrator(watched, CATALOGUE))
        stranger = await stack.enter_async_context(world.client(issuer="connectors-0"))
        with pytest.raises(NotIdentified, match="connectors-0 may not call"):
            await stranger.complete(make_ask())
        orchestrator = await stack.enter_async_context(world.client())
        await first.aclose()
        with pytest.raises(ModelUnreachable, match="does not answer"):
            await orchestrator.complete(make_ask())
        with pytest.raises(ModelUnreachable, match="does not answer"):
            await anext(orchestrator.stream(make_ask()))
    assert watched.asked == []


async def test_a_roles_process_asks_as_its_own_role_on_the_tokens_account() -> None:
    watched = Watched()
    watched.free.set()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, world.client(issuer="role-sd-3") as orchestrator:
        account = Account(organisation_id=OrganisationId("org_2"), user="ada")
        await orchestrator.complete(make_ask(account=account))
        with pytest.raises(RoleForbidden, match="may not ask as qa"):
            await orchestrator.complete(make_ask(role=RoleName.QA))
        [kept] = await world.audit.newest(DEFAULT_ORGANISATION, limit=9)

    assert (kept.who, kept.what, kept.code) == (
        "role-sd-3",
        "/eaa.v1.Orchestrator/Complete",
        "identity.role_forbidden",
    )
    assert [(ask.role, ask.account) for ask in watched.asked] == [(RoleName.SD, account)]


async def test_tokens_are_counted_without_asking_a_model() -> None:
    watched = Watched()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, asking(world, "model.count") as (stub, headers):
        counted = await stub.CountTokens(pb.CountTokensRequest(ask=request().ask), metadata=headers, timeout=LONG_S)
        refused = stub.Complete(request(), metadata=headers, timeout=LONG_S)

        assert counted.prompt_tokens == 42
        assert await refused.code() is grpc.StatusCode.PERMISSION_DENIED
    assert watched.asked == []


async def test_without_a_model_for_vectors_that_is_said() -> None:
    async with serving_rpc_orchestrator(Watched(), CATALOGUE) as world, world.client() as orchestrator:
        with pytest.raises(NoModel, match="no model makes embeddings"):
            await orchestrator.embed(("one",), account=Account())
        with pytest.raises(RequestRefused, match="UnicodeEncodeError"):
            await orchestrator.embed(("\ud800",), account=Account())


@pytest.mark.parametrize(
    ("change", "because"),
    [
        pytest.param({"kind": "wish"}, "there is no 'wish'", id="kind"),
        pytest.param({"sensitivity": "some"}, "there is no 'some'", id="sensitivity"),
        pytest.param({"model": "nobody"}, "no model is called 'nobody'", id="model"),
        pytest.param({"request": pb.Request(tool_name="x")}, "no tool is called x", id="tool"),
        pytest.param({"request": pb.Request(answer_schema_json="[]")}, "a JSON Schema is an object", id="schema"),
        pytest.param({"request": pb.Request(messages=[pb.Message(speaker="dog")])}, "there is no 'dog'", id="speaker"),
        pytest.param(
            {"request": pb.Request(messages=[pb.Message(speaker="user", parts=[pb.Part()])])},
            "part is empty",
            id="part",
        ),
        pytest.param(
            {
                "request": pb.Request(
                    messages=[pb.Message(speaker="user", parts=[pb.Part(image=pb.Image(media_type="image/bmp"))])]
                )
            },
            "no model sees",
            id="picture",
        ),
        pytest.param({"account": pb.Account(user="a\0b")}, "a name of the account holds a NUL", id="account"),
        pytest.param({"tags": ["a\0b"]}, "a tag holds a NUL", id="tag"),
    ],
)
async def test_an_ask_that_cannot_be_used_is_refused_before_a_model_is_asked(
    change: dict[str, object], because: str
) -> None:
    asked = request()
    asked.ask.MergeFrom(pb.Ask(**change))  # type: ignore[arg-type]
    watched = Watched()
    async with serving_rpc_orchestrator(watched, CATALOGUE) as world, asking(world) as (stub, headers):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Complete(asked, metadata=headers, timeout=LONG_S)

    assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION)
    assert because in (refused.value.details() or "")
    assert watched.asked == []


async def test_an_empty_ask_is_refused() -> None:
    async with serving_rpc_orchestrator(Watched(), CATALOGUE) as world, asking(world) as (stub, headers):
        rpc = stub.Complete(pb.CompleteRequest(), metadata=headers, timeout=LONG_S)

        assert await rpc.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_service_of_the_settings_answers_over_grpc_to_who_shares_its_master_key(tmp_path: Path) -> None:
    async with serving_models(LoopbackModels(models=("loop-1",))) as upstream:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{upstream.address}/v1"}
        settings = load_settings(home=tmp_path / "home", model="openai/loop-1")
        place = OrchestratorPlace(port=0, grpc=RpcPlace("127.0.0.1", 0))
        async with open_orchestrator_service(settings, environment, place) as service:
            assert service.grpc is not None
            away = load_settings(home=tmp_path / "home", orchestrator_url=service.grpc)
            async with open_way_to_models(away, {}, caller="role-sd") as orchestrator:
                answer = await orchestrator.complete(make_ask())
            stranger = load_settings(home=tmp_path / "stranger", orchestrator_url=service.grpc)
            async with open_way_to_models(stranger, {}) as refused:
                with pytest.raises(NotIdentified, match="no key of this installation"):
                    await refused.complete(make_ask())
            unsafe = load_settings(home=tmp_path / "home", orchestrator_url="grpc://eaa.example:8431")
            with pytest.raises(InvalidRequest, match="asked safely"):
                async with open_way_to_models(unsafe, {}):
                    pass
        url = database_url(settings)
        engine = open_engine(url)
        [entry] = await SqlAudit(engine, name=database_name(url)).newest(DEFAULT_ORGANISATION, limit=9)
        await engine.dispose()

    assert answer.model == "openai/loop-1"
    assert (entry.what, entry.service, entry.code) == ("/eaa.v1.Orchestrator/Complete", "llm-0", "token.refused")
