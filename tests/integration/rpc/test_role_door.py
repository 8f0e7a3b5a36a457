"""A role's gRPC door over real sockets: asked, waited for, cancelled, read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from eaa.domain.artefact import Artefact, RolloutNote, Skipped
from eaa.domain.brief import Stage
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import OrganisationId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState
from eaa.engine.codec import decode, encode
from eaa.wire import role_pb2
from eaa.wire.role_pb2_grpc import RoleStub
from tests.makers import make_event
from tests.support.rpc_world import Answering, RpcWorld, asking, until

NOTE = RolloutNote(touched=("ci.yml",), text="Nothing to do.")
RUN = RunId("run_1")
LONG_S = 20.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RpcWorld]:
    async with RpcWorld(tmp_path).serving() as serving:
        yield serving


async def note() -> Artefact:
    return NOTE


async def skip() -> Artefact:
    return Skipped("no deployment files")


async def never() -> Artefact:
    await asyncio.Event().wait()
    raise AssertionError


async def fail() -> Artefact:
    raise InvalidRequest("the plan has no end", hint="Give it one.")


def request_of(brief: object, **facts: object) -> role_pb2.AskRequest:
    return role_pb2.AskRequest(brief_json=encode(brief), run_id=RUN, generation=1, **facts)  # type: ignore[arg-type]


async def test_what_a_role_leaves_comes_back(world: RpcWorld) -> None:
    brief = await world.brief()
    async with asking(world) as channel, world.working(Answering(note)):
        call = await RoleStub(channel).Ask(request_of(brief), metadata=world.headers(), timeout=LONG_S)

    assert call.state == role_pb2.CALL_STATE_DONE
    assert decode(call.outcome.artefact_json, RolloutNote) == NOTE
    assert (call.role, call.run_id, call.generation) == ("sre", RUN, 1)
    [stored] = await world.calls.of_run(RUN)
    assert (stored.id, stored.artefact) == (call.id, call.outcome.blob)


async def test_a_brief_may_be_named_by_its_blob_and_a_role_may_have_nothing_to_do(world: RpcWorld) -> None:
    blob = await world.blobs.put(encode(await world.brief()))
    asked = role_pb2.AskRequest(brief_blob=blob, run_id=RUN, generation=1)
    async with asking(world) as channel, world.working(Answering(skip)):
        call = await RoleStub(channel).Ask(asked, metadata=world.headers(), timeout=LONG_S)

    assert call.outcome.WhichOneof("left") == "skipped"
    assert call.outcome.skipped == "no deployment files"


async def test_an_error_of_the_role_is_a_failed_call_and_not_a_failed_rpc(world: RpcWorld) -> None:
    brief = await world.brief()
    async with asking(world) as channel, world.working(Answering(fail)):
        call = await RoleStub(channel).Ask(request_of(brief), metadata=world.headers(), timeout=LONG_S)

    assert call.state == role_pb2.CALL_STATE_FAILED
    assert (call.fault.code, call.fault.message, call.fault.hint) == (
        "request.invalid",
        "the plan has no end",
        "Give it one.",
    )


async def test_a_retry_with_the_same_key_asks_once(world: RpcWorld) -> None:
    brief, role = await world.brief(), Answering(note)
    async with asking(world) as channel, world.working(role):
        stub, asked = RoleStub(channel), request_of(brief, idempotency_key="k1")
        calls = await asyncio.gather(*(stub.Ask(asked, metadata=world.headers(), timeout=LONG_S) for _ in range(5)))

    assert len({call.id for call in calls}) == 1
    assert len(role.asked) == 1


async def test_a_key_stands_for_one_brief(world: RpcWorld) -> None:
    brief = await world.brief()
    async with asking(world) as channel:
        stub = RoleStub(channel)
        await stub.Ask(request_of(brief, idempotency_key="k1", wait_s=0), metadata=world.headers())
        other = request_of(replace(brief, has_model=True), idempotency_key="k1", wait_s=0)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Ask(other, metadata=world.headers())

    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert dict(refused.value.trailing_metadata() or ())["eaa-code"] == "request.key_taken"
    assert len(await world.calls.of_run(RUN)) == 1


async def test_the_callers_deadline_ends_the_waiting_and_not_the_call(world: RpcWorld) -> None:
    brief, role = await world.brief(), Answering(never)
    async with asking(world) as channel, world.working(role) as worker:
        await RoleStub(channel).Ask(request_of(brief, wait_s=0), metadata=world.headers(), timeout=LONG_S)
        await until(lambda: bool(worker.working_on))
        asked = request_of(brief, cancels_with_caller=True)
        with pytest.raises(grpc.aio.AioRpcError) as late:
            await RoleStub(channel).Ask(asked, metadata=world.headers(), timeout=1.0)
        # Another call proves that the first one's end has reached the server.
        await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=world.headers())

        [call] = await world.calls.of_run(RUN)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert call.state is CallState.RUNNING
        assert role.dropped == 0


async def test_whoever_does_not_wait_is_told_how_the_call_stands(world: RpcWorld) -> None:
    brief = await world.brief()
    async with asking(world) as channel:
        asked = request_of(brief, wait_s=0, priority=-3)
        call = await RoleStub(channel).Ask(asked, metadata=world.headers(), timeout=LONG_S)

    [stored] = await world.calls.of_run(RUN)
    assert (call.state, stored.priority) == (role_pb2.CALL_STATE_QUEUED, -3)


@pytest.mark.parametrize("timeout_s", [LONG_S, None])
@pytest.mark.parametrize("is_flagged", [True, False])
async def test_a_caller_that_leaves_cancels_the_call_only_when_it_said_so(
    world: RpcWorld, is_flagged: bool, timeout_s: float | None
) -> None:
    brief, role = await world.brief(), Answering(never)
    async with asking(world) as channel, world.working(role) as worker:
        asked = request_of(brief, cancels_with_caller=is_flagged)
        rpc = RoleStub(channel).Ask(asked, metadata=world.headers(), timeout=timeout_s)
        await until(lambda: bool(worker.working_on))
        rpc.cancel()
        if is_flagged:
            await until(lambda: role.dropped == 1)
        else:
            # Another call proves that the first one's end has reached the server.
            await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=world.headers())

        [call] = await world.calls.of_run(RUN)
        assert call.state is (CallState.CANCELLED if is_flagged else CallState.RUNNING)


async def test_cancel_reaches_the_worker_and_whoever_waits(world: RpcWorld) -> None:
    brief, role = await world.brief(), Answering(never)
    async with asking(world) as channel, world.working(role) as worker:
        stub = RoleStub(channel)
        waiting = asyncio.ensure_future(_answered(stub, request_of(brief), world))
        await until(lambda: bool(worker.working_on))
        [call] = await world.calls.of_run(RUN)

        told = await stub.Cancel(role_pb2.CancelRequest(call_id=call.id), metadata=world.headers(), timeout=LONG_S)

        assert told.state == role_pb2.CALL_STATE_CANCELLED
        assert (await waiting).state == role_pb2.CALL_STATE_CANCELLED
        await until(lambda: role.dropped == 1)


async def _answered(stub: RoleStub, asked: role_pb2.AskRequest, world: RpcWorld) -> role_pb2.Call:
    answer: role_pb2.Call = await stub.Ask(asked, metadata=world.headers(), timeout=LONG_S)
    return answer


async def test_the_log_tells_changes_and_events_until_the_call_has_ended(world: RpcWorld) -> None:
    brief, free = await world.brief(), asyncio.Event()

    async def wait() -> Artefact:
        await free.wait()
        return NOTE

    async with asking(world) as channel:
        stub = RoleStub(channel)
        asked = request_of(brief, wait_s=0)
        call = await stub.Ask(asked, metadata=world.headers(), timeout=LONG_S)
        rpc = stub.StreamLog(role_pb2.StreamLogRequest(call_id=call.id), metadata=world.headers(), timeout=LONG_S)
        log = aiter(rpc)
        entries = [await anext(log)]
        async with world.working(Answering(wait)):
            async with world.store.begin() as session:
                await session.events.add(make_event())
            free.set()
            entries += [entry async for entry in log]

    states = [entry.call.state for entry in entries if entry.WhichOneof("entry") == "call"]
    events = [entry.event for entry in entries if entry.WhichOneof("entry") == "event"]
    assert states[0] == role_pb2.CALL_STATE_QUEUED
    assert states[-1] == role_pb2.CALL_STATE_DONE
    assert entries[-1].call.outcome.artefact_json
    assert [event.type for event in events] == [make_event().type]


@pytest.mark.parametrize("role", list(RoleName))
async def test_every_role_describes_itself(tmp_path: Path, role: RoleName) -> None:
    world = RpcWorld(tmp_path, role=role)
    await world.executors.beat(f"role-{role}-0", host="here", process_id=1)
    await world.executors.beat("role-pmx-0", host="here", process_id=1)
    await world.executors.beat("dispatcher-0", host="here", process_id=1)
    async with world.serving(), asking(world) as channel:
        told = await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=world.headers(), timeout=LONG_S)

    assert (told.role, told.slot, told.waiting) == (role, f"role-{role}-0", 0)
    assert [replica.slot for replica in told.replicas] == [f"role-{role}-0"]
    assert (told.limits.at_once, told.limits.everywhere) == (2, 5)
    assert not told.limits.HasField("starts_a_minute")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"run_id": "run_other"}, "INVALID_ARGUMENT", "request.invalid", id="another run"),
        pytest.param({"generation": 2}, "INVALID_ARGUMENT", "request.invalid", id="another generation"),
        pytest.param({"brief_json": b"{"}, "INVALID_ARGUMENT", "request.invalid", id="no JSON"),
        pytest.param({"brief_json": b"[" * 100_000}, "INVALID_ARGUMENT", "request.invalid", id="no end"),
        pytest.param({"brief_json": b'{"a":' * 100_000}, "INVALID_ARGUMENT", "request.invalid", id="no ground"),
        pytest.param({"brief_json": b"{}"}, "INVALID_ARGUMENT", "request.invalid", id="no brief"),
        pytest.param({"brief_blob": "sha256:" + "0" * 64}, "NOT_FOUND", "blob.not_found", id="no blob"),
        pytest.param({"wait_s": -1.0}, "INVALID_ARGUMENT", "request.invalid", id="no time"),
        pytest.param({"idempotency_key": "é"}, "INVALID_ARGUMENT", "request.invalid", id="no key"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_code_and_hint(
    world: RpcWorld, change: dict[str, object], status: str, code: str
) -> None:
    asked = request_of(await world.brief())
    asked.MergeFrom(role_pb2.AskRequest(**change))  # type: ignore[arg-type]
    async with asking(world) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await RoleStub(channel).Ask(asked, metadata=world.headers(), timeout=LONG_S)

    assert refused.value.code().name == status
    trailing = dict(refused.value.trailing_metadata() or ())
    assert trailing["eaa-code"] == code
    assert decode(bytes(trailing["eaa-error-bin"]), dict[str, object])["code"] == code


async def test_a_stage_of_another_role_and_a_run_that_was_taken_over_are_refused(world: RpcWorld) -> None:
    brief = await world.brief()
    async with asking(world) as channel:
        stub = RoleStub(channel)
        with pytest.raises(grpc.aio.AioRpcError, match="does not work on the stage patch"):
            await stub.Ask(request_of(replace(brief, stage=Stage.PATCH)), metadata=world.headers(), timeout=LONG_S)
        async with world.store.begin() as session:
            await session.runs.take_over(RUN, owner_slot="dispatcher-1")
        with pytest.raises(grpc.aio.AioRpcError) as fenced:
            await stub.Ask(request_of(brief), metadata=world.headers(), timeout=LONG_S)

    assert fenced.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert dict(fenced.value.trailing_metadata() or ())["eaa-code"] == "run.fenced"


async def test_another_organisation_finds_no_run_and_no_call(world: RpcWorld) -> None:
    brief = await world.brief()
    stranger = world.headers(organisation_id=OrganisationId("org_other"))
    async with asking(world) as channel:
        stub = RoleStub(channel)
        call = await stub.Ask(request_of(brief, wait_s=0), metadata=world.headers(), timeout=LONG_S)
        asked: list[grpc.aio.UnaryUnaryCall[object, object]] = [
            stub.Ask(request_of(brief), metadata=stranger, timeout=LONG_S),
            stub.Status(role_pb2.StatusRequest(call_id=call.id), metadata=stranger, timeout=LONG_S),
            stub.Cancel(role_pb2.CancelRequest(call_id=call.id), metadata=stranger, timeout=LONG_S),
        ]
        codes = [await rpc.code() for rpc in asked]

        assert codes == [grpc.StatusCode.NOT_FOUND] * 3
        mine = await stub.Status(role_pb2.StatusRequest(call_id=call.id), metadata=world.headers(), timeout=LONG_S)
        assert mine.state == role_pb2.CALL_STATE_QUEUED


async def test_a_process_that_ends_tells_whoever_waits_to_ask_another_one(tmp_path: Path) -> None:
    world = RpcWorld(tmp_path)
    async with world.serving():
        brief = await world.brief()
        channel = grpc.aio.insecure_channel(world.target)
        asked = request_of(brief, cancels_with_caller=True)
        rpc = RoleStub(channel).Ask(asked, metadata=world.headers(), timeout=LONG_S)
        waiting = asyncio.ensure_future(rpc.code())
        async with asyncio.timeout(LONG_S):
            while not await world.calls.waiting(RoleName.SRE):  # noqa: ASYNC110 - a table tells nobody
                await asyncio.sleep(0.005)

    assert await waiting is grpc.StatusCode.UNAVAILABLE
    [call] = await world.calls.of_run(RUN)
    assert call.state is CallState.QUEUED
    await channel.close()
