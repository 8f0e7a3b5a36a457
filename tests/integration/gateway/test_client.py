"""The client of a gateway, before a server that is busy, broken, or none of ours."""

from collections.abc import Callable

import aiohttp
import pytest

from eaa.adapters.gateway.answers import CreatedTask, Run, Tasks
from eaa.adapters.gateway.http_gateway import PATIENCE_S, HttpGateway, open_gateway_at
from eaa.adapters.gateway.reading import LONGEST_LINE_BYTES
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.secret import Secret
from eaa.domain.service_errors import NotAServer, ServerBusy, ServerFault, ServerRefused, ServiceUnreachable
from tests.integration.gateway.conftest import TOKEN
from tests.loopback.scripted_server import Asked, answer, refusal, serving_script, stream

RUN = {"id": "run_1", "task": "tsk_1", "state": "done", "verdict": "done", "more": {"kept": [1]}}
CREATED = {"task": "tsk_1", "run": "run_1", "state": "queued", "is_new": True}
PAGE = b"<html><body>Welcome to nginx!</body></html>"
DATE = "Fri, 27 Nov 2026 04:00:00 GMT"


def in_turn(*answers: bytes) -> Callable[[Asked], bytes]:
    """Give one answer after the other, and the last one from then on."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


async def test_what_is_not_declared_is_kept_as_it_was_said() -> None:
    async with (
        serving_script(lambda _: answer(RUN)) as server,
        open_gateway_at(server.address, Secret(TOKEN)) as client,
    ):
        run = await client.get("/v1/runs/run_1", Run)

    assert run.as_said() == RUN


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (answer(PAGE, kind="text/html"), "Invalid JSON"),
        (answer(b""), "Invalid JSON"),
        (answer(b'{"id": "run_1", "ta'), "Invalid JSON"),
        (answer(b"[" * 100_000), "Invalid JSON"),
        (answer(b'{"id": "\xff\xfe"}'), "Invalid JSON"),
        (answer("ÿþ".encode("utf-16")), "Invalid JSON"),
        (answer(RUN, kind="application/json; charset=nonsense"), None),
        (answer({}), "id: Field required"),
        (answer([]), "object"),
        (answer(None), "object"),
        (answer(RUN | {"state": "dreaming"}), "state"),
        (answer(RUN | {"id": 5}), "id"),
        (answer(b"", status=204), "it says 204"),
        (answer(PAGE, status=404, kind="text/html"), "it says 404"),
        (answer({"error": "no"}, status=400), "it says 400"),
        (answer(PAGE, status=501, kind="text/html"), "it says 501"),
        (answer(b"", status=301, Location="https://elsewhere.example/"), "it says 301"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "does not speak HTTP"),
    ],
)
async def test_who_is_no_gateway_is_one_error(said: bytes, because: str | None) -> None:
    async with serving_script(lambda _: said) as server, open_gateway_at(server.address, Secret(TOKEN)) as client:
        if because is None:
            assert (await client.get("/v1/runs/run_1", Run)).id == "run_1"
            return
        with pytest.raises(NotAServer, match=because) as refused:
            await client.get("/v1/runs/run_1", Run)

    assert server.address in str(refused.value)
    assert "EAA_SERVER" in refused.value.hint
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        answer(RUN)[:-9],
        answer(PAGE, Content_Encoding="gzip"),
    ],
)
async def test_an_answer_that_breaks_off_is_no_answer(said: bytes) -> None:
    async with serving_script(lambda _: said) as server, open_gateway_at(server.address, Secret(TOKEN)) as client:
        with pytest.raises(ServiceUnreachable):
            await client.get("/v1/runs/run_1", Run)


async def test_a_change_is_text_of_its_kind_whatever_its_bytes() -> None:
    answers = in_turn(answer(b"diff --git \xff", kind="text/x-diff"), answer(PAGE, kind="text/html"))
    async with serving_script(answers) as server, open_gateway_at(server.address, Secret(TOKEN)) as client:
        assert await client.diff("/v1/runs/run_1/diff") == "diff --git \ufffd"
        with pytest.raises(NotAServer, match="text/html is no change"):
            await client.diff("/v1/runs/run_1/diff")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (refusal(404, "run.not_found", "no run is called run_1"), ServerRefused),
        (refusal(401, "caller.unknown", "the token is not one of ours"), ServerRefused),
        (refusal(502, "code_host.unreachable", "GitHub is away"), ServerFault),
        (refusal(507, "disk.full", "the disk is full"), ServerFault),
        (answer(b"Internal Server Error", status=500, kind="text/plain"), ServerFault),
    ],
)
async def test_what_a_gateway_says_no_with_is_its_own_words(said: bytes, error: type[EaaError]) -> None:
    async with serving_script(lambda _: said) as server, open_gateway_at(server.address, Secret(TOKEN)) as client:
        with pytest.raises(error) as refused:
            await client.get("/v1/runs/run_1", Run)

    assert type(refused.value) is error
    assert refused.value.hint


class Pauses:
    """Counts seconds instead of letting them pass."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, pause_s: float) -> None:
        """Note a pause."""
        self.seconds.append(pause_s)


@pytest.mark.parametrize(
    ("busy", "pause_s"),
    [
        (refusal(503, "request.shed", "64 requests are being answered", Retry_After="3"), 3.0),
        (refusal(429, "request.rate_limited", "more than 600 requests a minute", Retry_After="1"), 1.0),
        (answer(PAGE, status=503, kind="text/html", Retry_After="0"), 1.0),
        (answer(PAGE, status=503, kind="text/html", Date=DATE, Retry_After=DATE.replace("00:00", "00:05")), 5.0),
        (answer(PAGE, status=502, kind="text/html"), 1.0),
        (answer(PAGE, status=504, kind="text/html", Retry_After="soon"), 1.0),
    ],
)
async def test_a_busy_server_is_asked_again_as_it_says_and_with_the_same_key(busy: bytes, pause_s: float) -> None:
    pauses = Pauses()
    async with serving_script(in_turn(busy, busy, answer(CREATED))) as server, aiohttp.ClientSession() as session:
        client = HttpGateway(session, server.address, pause=pauses)
        made = await client.post("/v1/tasks", CreatedTask, {"request": "é"}, key="one")

    assert made.task == "tsk_1"
    assert pauses.seconds[0] == pause_s
    assert {(asked.headers["idempotency-key"], asked.body) for asked in server.asked} == {
        ("one", '{"request":"é"}'.encode())
    }
    assert len(server.asked) == 3


@pytest.mark.parametrize("retry_after", ["60", "7", "", "99999999999999999999", "-1"])
async def test_a_server_that_stays_busy_is_an_error_after_a_bounded_time(retry_after: str) -> None:
    pauses = Pauses()
    busy = refusal(503, "toggle.off", "intake is switched off: we move house", Retry_After=retry_after)
    async with serving_script(lambda _: busy) as server, aiohttp.ClientSession() as session:
        with pytest.raises(ServerBusy, match="we move house"):
            await HttpGateway(session, server.address, pause=pauses).get("/v1/tasks", Tasks)

    assert sum(pauses.seconds) <= PATIENCE_S


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (answer(PAGE, kind="text/html"), "no stream of events"),
        (answer({}), "no stream of events"),
        (answer(b"data: hello\n\n", kind="text/event-stream"), "Invalid JSON"),
        (answer(b"data: {}\n\n", kind="text/event-stream"), "Field required"),
        (answer(b"data: " + b"x" * (LONGEST_LINE_BYTES + 1), kind="text/event-stream"), "longer than"),
    ],
)
async def test_a_stream_that_is_none_is_one_error(said: bytes, because: str) -> None:
    async with serving_script(lambda _: said) as server, open_gateway_at(server.address, Secret(TOKEN)) as client:
        with pytest.raises(NotAServer, match=because):
            [event async for event in client.events(task="tsk_1", after=None)]


async def test_a_long_event_is_read_whole() -> None:
    event = {
        "id": "evt_1",
        "type": "run.started",
        "time": "2026-11-27T04:00:00Z",
        "eaarun": "run_1",
        "data": "x" * 10**6,
    }
    said = stream(event)
    async with serving_script(lambda _: said) as server, open_gateway_at(server.address, Secret(TOKEN)) as client:
        events = [one.as_said() async for one in client.events(task="tsk_1", after=None)]

    assert events == [event]


async def test_a_text_that_cannot_be_sent_is_not() -> None:
    async with open_gateway_at("http://127.0.0.1:9", Secret(TOKEN)) as client:
        with pytest.raises(InvalidRequest, match="not UTF-8"):
            await client.post("/v1/runs/run_1/say", Run, {"text": "\udcff"}, key="one")
