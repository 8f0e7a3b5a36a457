"""Our client of a role's service: deadlines, retries, typed errors, values."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import grpc
import pytest

from eaa.adapters.rpc.calling import LONGEST_PAUSE_S, Calling
from eaa.adapters.rpc.channel import open_channel
from eaa.adapters.rpc.role_client import RoleClient
from eaa.domain.artefact import Artefact, RolloutNote, Skipped
from eaa.domain.errors import DatabaseUnreachable, RoleCallNotFound, RunFenced, RunNotFound
from eaa.domain.ids import RoleCallId, RunId
from eaa.domain.parked import PersonAsked
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState
from eaa.domain.role_reply import RoleEvent, RoleReply
from eaa.domain.service_errors import KeyTaken, ServiceFault, ServiceTimeout, ServiceUnreachable
from eaa.domain.service_token import RightMissing
from eaa.engine.codec import decode, encode
from eaa.services.rpc.server import serving
from eaa.services.rpc.visit import Door, Streamed, Unary, Visit
from eaa.wire import role_pb2
from tests.makers import make_event
from tests.support.rpc_world import Answering, RpcWorld, until

NOTE = RolloutNote(touched=("ci.yml",), text="Nothing to do.")
RUN = RunId("run_1")
LONG_S = 20.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RpcWorld]:
    async with RpcWorld(tmp_path).serving() as serving_world:
        yield serving_world


@asynccontextmanager
async def client(
    world: RpcWorld, *, issuer: str = "dispatcher-0", tries: int = 5, pauses: list[float] | None = None
) -> AsyncIterator[RoleClient]:
    async def sleep(pause_s: float) -> None:
        if pauses is not None:
            pauses.append(pause_s)
        else:
            await asyncio.sleep(pause_s)

    calling = Calling(
        address=world.address,
        sign=lambda scope, organisation_id: world.tokens.sign(
            issuer=issuer, audience=f"role-{world.role}", scopes=(scope,), organisation_id=organisation_id
        ),
        tries=tries,
        sleep=sleep,
        random=lambda: 1.0,
    )
    async with open_channel(world.address) as channel:
        yield RoleClient(channel, calling)


async def note() -> Artefact:
    return NOTE


async def never() -> Artefact:
    await asyncio.Event().wait()
    raise AssertionError


async def test_what_a_role_leaves_comes_back_as_values(world: RpcWorld) -> None:
    brief = encode(await world.brief())
    async with client(world) as service, world.working(Answering(note)):
        reply = await service.ask(brief, run_id=RUN, generation=1, timeout_s=LONG_S)
        again = await service.ask(reply.brief, run_id=RUN, generation=1, timeout_s=LONG_S)

    assert (reply.state, reply.role, reply.run_id) == (CallState.DONE, RoleName.SRE, RUN)
    assert decode(reply.artefact_json or b"", RolloutNote) == NOTE
    assert again == reply


async def test_a_role_with_nothing_to_do_says_why(world: RpcWorld) -> None:
    async def skip() -> Artefact:
        return Skipped("no deployment files")

    brief = encode(await world.brief())
    async with client(world) as service, world.working(Answering(skip)):
        reply = await service.ask(brief, run_id=RUN, generation=1, timeout_s=LONG_S)

    assert (reply.skipped, reply.artefact_json) == ("no deployment files", None)


async def test_an_error_of_the_role_keeps_its_class_and_facts(world: RpcWorld) -> None:
    async def ask_a_person() -> Artefact:
        raise PersonAsked(run_id=RUN, question="Gross or net?", options=("gross", "net"))

    brief = encode(await world.brief())
    async with client(world) as service, world.working(Answering(ask_a_person)):
        reply = await service.ask(brief, run_id=RUN, generation=1, timeout_s=LONG_S)

    assert reply.state is CallState.FAILED
    assert isinstance(reply.fault, PersonAsked)
    assert reply.fault.options == ("gross", "net")


async def test_errors_of_asking_keep_their_class(world: RpcWorld) -> None:
    brief = await world.brief()
    async with client(world) as service, client(world, issuer="role-sd-0") as stranger:
        with pytest.raises(RoleCallNotFound, match="rcl_nobody"):
            await service.status(RoleCallId("rcl_nobody"))
        with pytest.raises(RightMissing, match="role-sd-0 may not call"):
            await stranger.describe()
        await service.ask(encode(brief), run_id=RUN, generation=1, key="k", wait_s=0)
        other = encode(decode(encode(brief).replace(b'"has_model":false', b'"has_model":true'), dict))
        with pytest.raises(KeyTaken, match="'k'"):
            await service.ask(other, run_id=RUN, generation=1, key="k", wait_s=0)
        async with world.store.begin() as session:
            await session.runs.take_over(RUN, owner_slot="dispatcher-1")
        with pytest.raises(RunFenced) as fenced:
            await service.ask(encode(brief), run_id=RUN, generation=1, wait_s=0)

    assert (fenced.value.run_id, fenced.value.generation) == (RUN, 1)


async def test_a_run_that_is_not_on_record_is_not_worked_on(world: RpcWorld, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    brief = encode(await RpcWorld(elsewhere).brief())
    async with client(world) as service:
        with pytest.raises(RunNotFound):
            await service.ask(brief, run_id=RUN, generation=1, wait_s=0)


async def test_a_deadline_is_an_error_and_asking_again_finds_the_same_call(world: RpcWorld) -> None:
    brief, role = encode(await world.brief()), Answering(never)
    async with client(world) as service, world.working(role):
        with pytest.raises(ServiceTimeout, match=r"within 0\.5 s"):
            await service.ask(brief, run_id=RUN, generation=1, timeout_s=0.5)
        reply = await service.ask(brief, run_id=RUN, generation=1, wait_s=0)
        await until(lambda: bool(role.asked))
        cancelled = await service.cancel(reply.id)

        assert cancelled.state is CallState.CANCELLED
        await until(lambda: role.dropped == 1)
    assert len(await world.calls.of_run(RUN)) == 1


async def test_cancelling_the_one_who_waits_cancels_the_call_where_that_was_wished(world: RpcWorld) -> None:
    brief, role = encode(await world.brief()), Answering(never)
    async with client(world) as service, world.working(role):
        waiting = asyncio.create_task(
            service.ask(brief, run_id=RUN, generation=1, timeout_s=LONG_S, is_dropped_with_me=True)
        )
        await until(lambda: bool(role.asked))
        waiting.cancel()

        await until(lambda: role.dropped == 1)
        [call] = await world.calls.of_run(RUN)
        assert call.state is CallState.CANCELLED


async def test_the_log_ends_with_the_call_that_has_ended(world: RpcWorld) -> None:
    brief = encode(await world.brief())
    async with world.store.begin() as session:
        await session.events.add(make_event())
    async with client(world) as service, world.working(Answering(note)):
        call = await service.ask(brief, run_id=RUN, generation=1, timeout_s=LONG_S)
        entries = [entry async for entry in service.log(call.id, timeout_s=LONG_S)]
        after = [entry async for entry in service.log(call.id, after_event=make_event().id, timeout_s=LONG_S)]
        with pytest.raises(RoleCallNotFound):
            await anext(service.log(RoleCallId("rcl_nobody")))

    assert [type(entry) for entry in entries] == [RoleEvent, RoleReply]
    assert entries[-1] == call
    assert after == [call]


@asynccontextmanager
async def answering(world: RpcWorld, describe: Callable[[], role_pb2.Description]) -> AsyncIterator[None]:
    """Serve a role whose `Describe` does as a test says, and whose other methods do nothing."""

    async def called(_request: object, _visit: Visit) -> role_pb2.Description:
        return describe()

    real = world.door().door()
    methods: dict[str, Unary | Streamed] = {**real.methods, "Describe": Unary(called)}
    async with serving((Door(real.descriptor, methods),), world.guard(), host="127.0.0.1", port=0) as world.address:
        yield


async def test_what_passes_is_tried_again_with_longer_pauses_and_what_does_not_is_not(tmp_path: Path) -> None:
    world, pauses, calls = RpcWorld(tmp_path), list[float](), list[int]()
    well = role_pb2.Description(role="sre", slot="role-sre-0")

    def later() -> role_pb2.Description:
        calls.append(1)
        if len(calls) < 4:
            raise DatabaseUnreachable(database="eaa", because="restarting")
        return well

    def fall() -> role_pb2.Description:
        calls.append(1)
        raise ZeroDivisionError("secret of ours")

    async with answering(world, later), client(world, pauses=pauses) as service:
        assert (await service.describe()).slot == "role-sre-0"
    assert pauses == [0.1, 0.2, 0.4]

    calls.clear()
    async with answering(world, fall), client(world) as service:
        with pytest.raises(ServiceFault, match="INTERNAL") as fault:
            await service.describe()
    assert len(calls) == 1
    assert "secret" not in str(fault.value)


async def test_nobody_at_the_address_is_told_after_a_few_tries(tmp_path: Path) -> None:
    world, pauses = RpcWorld(tmp_path), list[float]()
    async with world.serving():
        pass
    async with client(world, pauses=pauses) as service:
        with pytest.raises(ServiceUnreachable, match="does not answer"):
            await service.describe()

    assert len(pauses) == 4
    assert max(pauses) <= LONGEST_PAUSE_S


async def test_pauses_of_two_callers_differ() -> None:
    numbers = iter((0.0, 1.0))
    calling = Calling(
        address="grpc://127.0.0.1:1", sign=lambda *_: pytest.fail("nothing is sent"), random=lambda: next(numbers)
    )

    assert calling.pause_s(1) < calling.pause_s(1)


async def test_a_replica_answers_when_the_one_that_was_asked_ends(tmp_path: Path) -> None:
    world, role = RpcWorld(tmp_path), Answering(note)
    brief = encode(await world.brief())
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        await first.enter_async_context(world.serving())
        port = int(world.address.rpartition(":")[2])
        service = await stack.enter_async_context(client(world, tries=20))
        waiting = asyncio.create_task(service.ask(brief, run_id=RUN, generation=1, timeout_s=LONG_S))
        async with asyncio.timeout(LONG_S):
            while not await world.calls.waiting(RoleName.SRE):  # noqa: ASYNC110 - a table tells nobody
                await asyncio.sleep(0.005)
        await first.aclose()
        second = serving((world.door().door(),), world.guard(), host="127.0.0.1", port=port)
        async with second, world.working(role):
            reply = await waiting

    assert reply.state is CallState.DONE
    assert len(role.asked) == 1


async def test_a_status_without_a_word_of_ours_is_a_fault(tmp_path: Path) -> None:
    world = RpcWorld(tmp_path)
    async with serving((), world.guard(), host="127.0.0.1", port=0) as world.address, client(world) as service:
        with pytest.raises(ServiceFault, match=grpc.StatusCode.UNIMPLEMENTED.name):
            await service.describe()
