"""Facts in pages and as a stream that goes on where a reader left off."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from tests.integration.gateway.conftest import AUTHORIZED, GatewayWorld, gateway_world
from tests.makers import make_event


async def add(world: GatewayWorld, *numbers: int, task: str = "tsk_1", event_type: str = "run.started") -> None:
    """Put events on record, each in a transaction of its own."""
    for number in numbers:
        async with world.house.desk.store.begin() as session:
            event = make_event(event_id=f"evt_{number}", task_id=task, event_type=event_type, data=b'{"n":%d}' % number)
            await session.events.add(event)


async def frames(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """Yield the events of a stream."""
    frame: dict[str, str] = {}
    async for line in response.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            frame[name] = value
            continue
        if "data" in frame:
            yield {"id": frame["id"], "event": frame["event"], **json.loads(frame["data"])}
        frame = {}


async def take(world: GatewayWorld, count: int, query: str = "", **headers: str) -> list[dict[str, Any]]:
    """Return so many events of a stream."""
    sent = AUTHORIZED | {name.replace("_", "-"): text for name, text in headers.items()}
    found: list[dict[str, Any]] = []
    async with world.client.get(f"{world.address}/v1/events/stream{query}", headers=sent) as response:
        assert response.status == 200
        async for frame in frames(response):
            found.append(frame)
            if len(found) == count:
                break
    return found


async def test_events_are_cloud_events_in_the_order_of_their_commits(world: GatewayWorld) -> None:
    await add(world, 3, 1, 2)

    page = (await world.get("/v1/events?limit=2")).body
    rest = (await world.get(f"/v1/events?after={page['pagination']['next_cursor']}")).body

    assert [event["id"] for event in page["data"]] == ["evt_3", "evt_1"]
    assert [event["id"] for event in rest["data"]] == ["evt_2"]
    assert page["data"][0] | {"time": ""} == {
        "specversion": "1.0",
        "id": "evt_3",
        "source": "/eaa/org_default",
        "type": "run.started",
        "subject": "tsk_1",
        "time": "",
        "datacontenttype": "application/json",
        "dataschema": "urn:eaa:event:run.started:1",
        "eaaorganisation": "org_default",
        "eaarun": "run_1",
        "eaaorigin": "member",
        "data": {"n": 3},
    }


async def test_a_stream_tells_what_happens_from_now_on(world: GatewayWorld) -> None:
    await add(world, 1)
    taking = asyncio.create_task(take(world, 2))
    # The stream begins at what is the newest when it is opened.
    while not world.house.tail._waiting:  # noqa: ASYNC110 - nobody tells when a reader has come
        await asyncio.sleep(0.01)

    await add(world, 2, 3)

    assert [(one["id"], one["event"], one["data"]) for one in await taking] == [
        ("evt_2", "run.started", {"n": 2}),
        ("evt_3", "run.started", {"n": 3}),
    ]


async def test_a_reader_that_was_cut_off_goes_on_after_the_last_event_it_saw_at_any_replica(tmp_path: Path) -> None:
    async with gateway_world(tmp_path) as first, gateway_world(tmp_path) as second:
        await add(first, *range(500))
        seen = await take(first, 300, "?after=evt_0")

        rest = await take(second, 199, Last_Event_ID=seen[-1]["id"])

    assert [one["data"]["n"] for one in seen + rest] == list(range(1, 500))


async def test_a_stream_may_be_of_one_task_and_of_some_types(world: GatewayWorld) -> None:
    await add(world, 1, 2)
    await add(world, 3, 4, task="tsk_2")
    await add(world, 5, task="tsk_2", event_type="run.ended")

    found = await take(world, 1, "?after=evt_1&task=tsk_2&type=run.ended")
    page = (await world.get("/v1/events?task=tsk_2")).body["data"]

    assert [one["id"] for one in found] == ["evt_5"]
    assert [one["id"] for one in page] == ["evt_3", "evt_4", "evt_5"]


async def test_an_unknown_place_or_type_is_an_error_and_not_silence(world: GatewayWorld) -> None:
    place = await world.get("/v1/events/stream", Last_Event_ID="evt_nobody")
    kind = await world.get("/v1/events?type=run.exploded")

    assert (place.status, place.body["error"]["code"]) == (404, "request.not_found")
    assert (kind.status, "run.exploded" in kind.body["error"]["message"]) == (400, True)


async def test_a_reader_hears_of_what_came_between_its_look_and_its_wait(world: GatewayWorld) -> None:
    tail = world.house.tail
    before = tail.newest
    await add(world, 1)
    # Others were woken for it; this reader had looked before, and does not wait yet.
    await tail._look()

    async with asyncio.timeout(10):
        await tail.wait(since=before, timeout_s=600)
    waiting = asyncio.create_task(tail.wait(since=tail.newest, timeout_s=600))
    await asyncio.sleep(0.6)
    is_quiet = not waiting.done()
    await add(world, 2)
    async with asyncio.timeout(10):
        await waiting

    assert is_quiet


async def test_streams_end_when_the_process_comes_to_its_end(tmp_path: Path) -> None:
    async with gateway_world(tmp_path) as world:
        taking = asyncio.create_task(take(world, 99))
        while not world.house.tail._waiting:  # noqa: ASYNC110 - nobody tells when a reader has come
            await asyncio.sleep(0.01)
        world.house.tail.close()

        assert await taking == []
