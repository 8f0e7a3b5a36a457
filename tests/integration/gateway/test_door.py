"""Who may come in, how often and how many at a time, and in which words the others are turned away."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.types import Message
from yarl import URL

from eaa.domain.caller import NotIdentified
from eaa.services.gateway.visit import ReaderGone, Visit
from tests.integration.gateway.conftest import AUTHORIZED, TOKEN, GatewayWorld, gateway_world


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}"])
async def test_without_the_token_nothing_is_told(world: GatewayWorld, authorization: str) -> None:
    answered = await world.get("/v1/tasks", Authorization=authorization)

    assert (answered.status, answered.body["error"]["code"]) == (401, "identity.unknown")
    assert "EAA_HOME/token" in answered.body["error"]["details"]["hint"]
    assert answered.body["error"]["request_id"] == answered.headers["X-Request-Id"]


async def test_the_token_may_come_as_an_api_key(world: GatewayWorld) -> None:
    answered = await world.get("/v1/tasks", Authorization="", X_API_Key=TOKEN)

    assert answered.status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
    ids=["rebound name", "foreign page", "hidden page"],
)
async def test_pages_of_other_sites_are_turned_away(world: GatewayWorld, headers: dict[str, str], status: int) -> None:
    assert (await world.get("/v1/tasks", **headers)).status == status
    assert (await world.get("/readyz", **headers)).status == status


async def test_bodies_that_are_not_json_or_too_large_are_refused(world: GatewayWorld) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    address = f"{world.address}/v1/tasks"
    async with world.client.post(address, data=b"request=x", headers=headers) as response:
        assert response.status == 415
    headers["Content-Type"] = "application/json"
    # With its length said beforehand, and in pieces without.
    for data in (io.BytesIO(b"x" * 2_100_000), _pieces()):
        async with world.client.post(address, data=data, headers=headers) as response:
            assert (response.status, (await response.json())["error"]["code"]) == (413, "request.not_served")


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(21):
        yield b"x" * 100_000


async def test_an_invalid_body_is_told_its_place_and_never_its_content(world: GatewayWorld) -> None:
    secret = uuid4().hex
    answered = await world.post("/v1/tasks", {"request": "x", "repository": "/x", "priority": secret, "color": secret})

    assert (answered.status, answered.body["error"]["code"]) == (422, "request.body_invalid")
    places = [one["place"] for one in answered.body["error"]["details"]["problems"]]
    assert places == ["body.priority", "body.color"]
    assert secret not in str(answered.body)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/v1/tasks/a%00b", "path.task"),
        ("/v1/runs?cursor=a%00b", "query.cursor"),
        ("/v1/events?task=a%00b", "query.task"),
        ("/v1/events/stream?after=a%00b", "query.after"),
    ],
)
async def test_a_nul_in_an_address_is_told_its_place(world: GatewayWorld, path: str, place: str) -> None:
    answered = await world.get(path)

    assert (answered.status, answered.body["error"]["code"]) == (422, "request.body_invalid")
    assert [one["place"] for one in answered.body["error"]["details"]["problems"]] == [place]


@pytest.mark.parametrize("budget", ["1e999", "Infinity"])
async def test_a_budget_without_end_is_no_budget(world: GatewayWorld, budget: str) -> None:
    content = f'{{"request": "x", "repository": "/x", "budget_usd": {budget}}}'.encode()
    headers = AUTHORIZED | {"Content-Type": "application/json"}
    async with world.client.post(f"{world.address}/v1/tasks", data=content, headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (422, "request.body_invalid")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/nothing", 404), ("DELETE", "/v1/tasks", 405), ("GET", "/v1", 404)]
)
async def test_other_addresses_are_told_in_the_same_shape(
    world: GatewayWorld, method: str, path: str, status: int
) -> None:
    answered = await world.ask(method, path)

    assert (answered.status, answered.body["error"]["code"]) == (status, "request.not_served")


async def test_who_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    async with gateway_world(tmp_path, requests_a_minute=3) as world:
        answers = [await world.get("/v1/tasks") for _ in range(5)]

        assert [answered.status for answered in answers] == [200, 200, 200, 429, 429]
        assert [answered.headers["X-RateLimit-Remaining"] for answered in answers[:3]] == ["2", "1", "0"]
        assert answers[3].headers["X-RateLimit-Limit"] == "3"
        assert int(answers[3].headers["Retry-After"]) >= 1
        assert answers[3].body["error"]["code"] == "request.rate_limited"
        assert (await world.get("/livez")).status == 200


async def test_when_all_places_are_taken_requests_are_shed_and_streams_stay_apart(tmp_path: Path) -> None:
    async with gateway_world(tmp_path, at_once=1, streams_at_once=1) as world:
        held = asyncio.Event()
        release = asyncio.Event()
        begin = world.house.desk.store.begin

        async def slow() -> None:
            async with begin():
                held.set()
                await release.wait()

        # A writer holds the database, so whoever is inside waits for its turn.
        holding = asyncio.create_task(slow())
        await held.wait()
        asking = {asyncio.create_task(world.get("/v1/tasks")) for _ in range(2)}
        (shed,), (waiting,) = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        release.set()
        await holding

        assert (await waiting).status == 200
        assert (shed.result().body["error"]["code"], shed.result().headers["Retry-After"]) == ("request.shed", "1")
        async with world.client.get(f"{world.address}/v1/events/stream", headers={"X-API-Key": TOKEN}) as stream:
            assert stream.status == 200
            assert (await world.get("/v1/events/stream")).status == 503
            assert (await world.get("/v1/tasks")).status == 200


async def test_callers_that_do_not_read_take_no_place_from_others(tmp_path: Path) -> None:
    async with gateway_world(tmp_path, at_once=2) as world, AsyncExitStack() as stack:
        for _ in range(40):
            stack.push_async_callback(_hang_up, await _ask_and_never_read(world, "/openapi.json"))
        await asyncio.sleep(0.5)

        for path in ("/livez", "/readyz", "/openapi.json", "/v1/tasks"):
            assert (await world.get(path)).status == 200, path


async def _ask_and_never_read(world: GatewayWorld, path: str) -> asyncio.StreamWriter:
    """Ask so often on one connection that the answers fill everything between the server and us."""
    place = URL(world.address)
    reader, writer = await asyncio.open_connection(place.host, place.port, limit=1)
    reader.feed_data(b"so that the transport stops reading")
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    writer.write(head.encode() * 100)
    return writer


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def test_a_caller_that_takes_nothing_is_not_waited_for_for_ever() -> None:
    async def never(_: Message) -> None:
        await asyncio.Event().wait()

    visit = Visit("req_1", never, slowest_reader_s=0.01)

    with pytest.raises(ReaderGone):
        await visit.refuse(NotIdentified("no token was sent"))


async def test_a_fault_of_ours_has_the_shape_of_every_error(
    world: GatewayWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("eaa.services.gateway.tasks.newest_tasks", broken)
    monkeypatch.setattr("eaa.services.gateway.events._Routes._newest", broken)
    for path in ("/v1/tasks", "/v1/events/stream"):
        answered = await world.get(path)

        assert (answered.status, answered.body["error"]["code"]) == (500, "fault")
        assert answered.body["error"]["request_id"] == answered.headers["X-Request-Id"]
        assert "secret" not in str(answered.body)


async def test_nobody_can_make_up_labels_of_the_figures(world: GatewayWorld) -> None:
    for name in range(5):
        await world.ask(f"VERB{name}", "/v1/tasks", Authorization="")
        await world.get(f"/v1/made-up-{name}", Authorization="")
        await world.get(f"/v1/made-up-{name}")

    figures = (await world.get("/metrics")).body

    assert "made-up" not in figures
    assert "VERB" not in figures
    assert 'eaa_http_requests_total{method="GET",group="other",status="404"} 5' in figures


async def test_health_and_figures_need_no_token_and_say_what_is_away(world: GatewayWorld) -> None:
    well = await world.get("/readyz", Authorization="")
    world.faults["database"] = "no way to it"
    away = await world.get("/readyz", Authorization="")
    figures = await world.get("/metrics", Authorization="")

    assert (well.status, well.body["parts"]) == (200, {"database": "well"})
    assert (away.status, away.body["status"]) == (503, "unready")
    assert 'eaa_http_requests_total{method="GET",group="/",status="200"} 1' in figures.body
    assert figures.body.endswith("eaa_house 1\n")


async def test_the_pages_for_people_load_nothing_from_elsewhere(world: GatewayWorld) -> None:
    page = (await world.get("/docs", Authorization="")).body
    schema = (await world.get("/openapi.json", Authorization="")).body

    assert "<script" not in page
    assert "//" not in page.replace('"/openapi.json"', "")
    assert all(f"<code>{path}</code>" in page for path in schema["paths"])
    fields = schema["components"]["schemas"]["NewTask"]["properties"]
    assert all(f"<code>{field}</code>" in page for field in fields)
    assert "`" not in page
