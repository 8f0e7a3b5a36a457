"""The standard health service over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from eaa.wire.health_pb2 import HealthCheckRequest, HealthCheckResponse
from eaa.wire.health_pb2_grpc import HealthStub
from tests.support.rpc_world import RpcWorld, asking

LONG_S = 20.0
SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RpcWorld]:
    async with RpcWorld(tmp_path).serving() as serving:
        yield serving


@pytest.mark.parametrize("service", ["", "eaa.v1.Role"])
async def test_anybody_may_ask_how_a_service_is(world: RpcWorld, service: str) -> None:
    async with asking(world) as channel:
        well = await HealthStub(channel).Check(HealthCheckRequest(service=service), timeout=LONG_S)
        world.is_serving = False
        unwell = await HealthStub(channel).Check(HealthCheckRequest(service=service), timeout=LONG_S)

    assert (well.status, unwell.status) == (SERVING, NOT_SERVING)


async def test_a_service_that_is_not_here_is_not_found(world: RpcWorld) -> None:
    async with asking(world) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await HealthStub(channel).Check(HealthCheckRequest(service="eaa.v1.Orchestrator"), timeout=LONG_S)
        watch = HealthStub(channel).Watch(HealthCheckRequest(service="eaa.v1.Orchestrator"), timeout=LONG_S)
        watched = await watch.read()
        watch.cancel()

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert watched.status == HealthCheckResponse.SERVICE_UNKNOWN


async def test_a_watch_tells_each_change_once(world: RpcWorld) -> None:
    async with asking(world) as channel:
        watch = HealthStub(channel).Watch(HealthCheckRequest(), timeout=LONG_S)
        told = [(await watch.read()).status]
        for is_serving in (False, True):
            world.is_serving = is_serving
            told.append((await watch.read()).status)
        watch.cancel()

    assert told == [SERVING, NOT_SERVING, SERVING]


async def test_many_who_watch_do_not_look_one_by_one(tmp_path: Path) -> None:
    world = RpcWorld(tmp_path)
    async with world.serving() as serving, asking(serving) as channel:
        watches = [HealthStub(channel).Watch(HealthCheckRequest(), timeout=LONG_S) for _ in range(20)]
        told = [(await watch.read()).status for watch in watches]
        for watch in watches:
            watch.cancel()

    assert told == [SERVING] * 20
    assert world.looks < 20
