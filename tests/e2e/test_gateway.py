"""The HTTP API of real processes: a task goes in, is watched, approved and done, whoever dies on the way."""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import nats
import pytest

from eaa.adapters.nats.event_bus import STREAM
from tests.e2e.support.services import Service, Services, services_on, services_on_sqlite
from tests.postgres import new_database
from tests.support.own_server import nats_server, redis_server

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@dataclass(frozen=True)
class Api:
    """A program that speaks to a gateway."""

    address: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask, and return what the JSON of the answer says."""
        with urllib.request.urlopen(self.request(method, path, body, headers), timeout=60) as response:
            return json.load(response)

    def follow(self, path: str, **headers: str) -> Iterator[dict[str, Any]]:
        """Yield events of a stream until it ends."""
        request = self.request("GET", path, None, headers)
        with urllib.request.urlopen(request, timeout=120) as response:
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> urllib.request.Request:
        """Return a request with the token."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.Request(self.address + path, data=data, headers=sent, method=method)


def api_of(services: Services, service: Service) -> Api:
    """Return the API of a process that said where it listens."""
    return Api(service.address, (services.runs.home / "token").read_text().strip())


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with services_on_sqlite(tmp_path) as made:
        yield made


@pytest.fixture
def on_postgres(services: Services, postgres_url: str) -> Iterator[Services]:
    with new_database(postgres_url) as url:
        runs = replace(services.runs, variables={**services.runs.variables, "EAA_DATABASE_URL": url})
        with services_on(runs, services.folder, url) as made:
            yield made


def issue(services: Services, **more: Any) -> dict[str, Any]:
    """Return the demo's issue as the body of a task."""
    text = (services.runs.repository / "issue.md").read_text()
    place = str(services.runs.repository)
    return {"request": text, "repository": place, "offline": True, "may_install": True, **more}


def test_a_task_goes_in_over_http_its_plan_is_approved_and_its_evidence_comes_out(services: Services) -> None:
    api = api_of(services, services.start("all"))
    created = api.ask("POST", "/v1/tasks", issue(services, stops_at_plan=True), Idempotency_Key="one")
    assert api.ask("POST", "/v1/tasks", issue(services, stops_at_plan=True), Idempotency_Key="one") == created

    seen, text = [], ""
    for event in api.follow(f"/v1/events/stream?task={created['task']}", Last_Event_ID=_first(api)):
        seen.append(event["type"])
        if event["type"] == "run.parked":
            (approval,) = api.ask("GET", "/v1/approvals")["data"]
            text = approval["text"]
            yes = {"decision": "approve", "subject": approval["subject"]}
            assert api.ask("POST", f"/v1/approvals/{approval['id']}", yes)["state"] == "queued"
        if event["type"] == "run.ended":
            break

    assert "plan:" in text
    assert {"plan.written", "run.parked", "run.resumed", "plan.approved", "evidence.recorded"} <= set(seen)
    services.until_done()
    assert services.wrongs() == []
    run = api.ask("GET", f"/v1/runs/{created['run']}")
    assert (run["verdict"], run["branch"] is not None) == ("done", True)
    evidence = services.folder / "evidence.json"
    evidence.write_text(json.dumps(api.ask("GET", f"/v1/runs/{created['run']}/evidence")))
    verified = services.runs.eaa("verify", str(evidence), "--repo", ".")
    assert verified.returncode == 0, verified.stderr


def test_nobody_is_kept_out_by_more_connections_than_a_gateway_has_files(services: Services) -> None:
    service = services.start("gateway", most_files=100)
    api = api_of(services, service)
    place = urlsplit(service.address)
    with ExitStack() as stack:
        for _ in range(300):
            held = stack.enter_context(socket.create_connection((place.hostname, place.port)))
            held.sendall(b"GET /livez HTTP/1.1\r\n")

        assert api.ask("GET", "/livez") == {"status": "alive"}
        assert api.ask("POST", "/v1/tasks", issue(services))["state"] == "queued"


@pytest.mark.postgres
def test_a_reader_of_a_killed_gateway_misses_nothing_at_another_one(on_postgres: Services) -> None:
    services = on_postgres
    first, second = services.start("gateway"), services.start("gateway")
    services.start("dispatcher", "--own-roles")
    api = api_of(services, first)
    created = api.ask("POST", "/v1/tasks", issue(services))

    seen = []
    try:
        for event in api.follow("/v1/events/stream", Last_Event_ID=_first(api)):
            seen.append(event)
            if event["type"] == "baseline.measured":
                first.kill()
    except OSError:
        pass
    for event in api_of(services, second).follow("/v1/events/stream", Last_Event_ID=seen[-1]["id"]):
        seen.append(event)
        if event["type"] == "run.ended":
            break

    recorded = [event for (event,) in services.rows("SELECT id FROM events ORDER BY position")]
    assert [event["id"] for event in seen] == recorded[1:]
    assert {event["subject"] for event in seen} == {created["task"]}
    services.until_done()
    assert services.wrongs() == []


def _first(api: Api) -> str:
    """Return the first event that there is."""
    first: str = api.ask("GET", "/v1/events?limit=1")["data"][0]["id"]
    return first


def test_events_are_counted_and_published_and_a_bus_that_is_away_holds_nothing_up(
    services: Services, tmp_path: Path, nats_url: str
) -> None:
    assert nats_url  # says whether this machine has to have a NATS
    with nats_server(tmp_path / "nats") as server:
        service = services.start("all", variables={"EAA_EVENTS_URL": server.url})
        api = api_of(services, service)
        server.kill()
        created = api.ask("POST", "/v1/tasks", issue(services))
        services.until(lambda: api.ask("GET", "/readyz")["status"] == "degraded", "the bus is missed")
        services.until_done()
        assert services.wrongs() == []

        server.start()
        services.until(lambda: api.ask("GET", "/readyz")["status"] == "ready", "the bus is back")
        recorded = [event for (event,) in services.rows("SELECT id FROM events ORDER BY position")]
        services.until(lambda: asyncio.run(published(server.url)) == recorded, "everything is published")

    services.until(lambda: sum(one["count"] for one in counts(api)) == len(recorded), "everything is counted")
    counted = counts(api)
    assert {one["type"] for one in counted} >= {"task.opened", "run.started", "run.ended"}
    listed = json.loads(services.runs.eaa("events", "list", "--task", created["task"], "--json").stdout)["events"]
    assert [event["id"] for event in listed] == recorded
    assert services.runs.eaa("dead-letter", "list").stdout.strip() == "no dead letter"
    assert services.runs.eaa("events", "replay", "--consumer", "counts", "--from", recorded[0]).returncode == 0
    services.until(lambda: counts(api) == counted, "everything is counted anew")


def counts(api: Api) -> list[dict[str, Any]]:
    """Return the counts of events."""
    found: list[dict[str, Any]] = api.ask("GET", "/v1/analytics/events")["data"]
    return found


async def published(url: str) -> list[str]:
    """Return the ids of what is in the stream."""
    client = await nats.connect(url)
    try:
        context = client.jetstream()
        count = (await context.stream_info(STREAM)).state.messages
        messages = [await context.get_msg(STREAM, seq=number) for number in range(1, count + 1)]
        return [json.loads(message.data or b"{}")["id"] for message in messages]
    finally:
        await client.close()


def test_replicas_share_the_limit_of_a_caller_and_each_has_its_own_while_redis_is_away(
    services: Services, tmp_path: Path, redis_url: str
) -> None:
    assert redis_url  # says whether this machine has to have a Redis
    with redis_server(tmp_path / "redis") as server:
        variables = {"EAA_REDIS_URL": server.url, "EAA_REQUESTS_A_MINUTE": "6"}
        replicas = [api_of(services, services.start("gateway", variables=variables)) for _ in range(2)]

        shared = [left(replicas[number % 2]) for number in range(6)]
        with pytest.raises(urllib.error.HTTPError, match="429"):
            left(replicas[0])
        server.kill()
        services.until(lambda: replicas[0].ask("GET", "/readyz")["status"] == "degraded", "Redis is missed")
        alone = [left(replica) for replica in replicas]
        server.start()
        services.until(lambda: replicas[0].ask("GET", "/readyz")["status"] == "ready", "Redis is back")

    assert shared == [5, 4, 3, 2, 1, 0]
    assert alone == [5, 5]


def left(api: Api) -> int:
    """Return how many requests a caller may still make, as an answer says."""
    with urllib.request.urlopen(api.request("GET", "/v1/runs"), timeout=60) as response:
        return int(response.headers["X-RateLimit-Remaining"])


def test_what_is_switched_off_is_said_refused_and_done_without_until_it_is_on_again(services: Services) -> None:
    api = api_of(services, services.start("all"))
    assert services.runs.eaa("toggle", "set", "intake", "off", "--why", "we move house").returncode == 0
    services.until(lambda: "intake" in api.ask("GET", "/readyz")["parts"]["toggles"], "the switch is noticed")
    with pytest.raises(urllib.error.HTTPError) as refused:
        api.ask("POST", "/v1/tasks", issue(services))
    said = json.load(refused.value)["error"]
    listed = json.loads(services.runs.eaa("toggle", "list", "--json").stdout)["toggles"]

    services.runs.eaa("toggle", "set", "intake", "on")
    services.runs.eaa("toggle", "set", "queue", "off")
    services.until(lambda: "queue" in api.ask("GET", "/readyz")["parts"]["toggles"], "the queue rests")
    created = api.ask("POST", "/v1/tasks", issue(services))
    services.runs.eaa("toggle", "set", "queue", "on")
    services.until_done()

    assert (refused.value.code, said["code"], "we move house" in said["message"]) == (503, "toggle.off", True)
    assert int(refused.value.headers["Retry-After"]) > 0
    assert [one["name"] for one in listed if not one["is_on"]] == ["intake"]
    assert api.ask("GET", f"/v1/runs/{created['run']}")["verdict"] == "done"
    audit = json.loads(services.runs.eaa("audit", "list", "--json").stdout)["entries"]
    assert [(one["what"], one["outcome"]) for one in audit] == [
        ("toggle queue", "on"),
        ("toggle queue", "off"),
        ("toggle intake", "on"),
        ("toggle intake", "off"),
    ]


def test_the_commands_talk_to_a_server(services: Services, tmp_path: Path) -> None:
    server = services.start("all")
    token = (services.runs.home / "token").read_text().strip()
    elsewhere = replace(
        services.runs,
        variables={**services.runs.variables, "EAA_HOME": str(tmp_path / "elsewhere"), "EAA_SERVER_TOKEN": token},
    )

    def told(*words: str, code: int = 0) -> Any:
        done = elsewhere.eaa("--server", server.address, *words, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    offline = ("--repo", str(services.runs.repository), "--offline", "--yes")
    created = told("task", "create", str(services.runs.repository / "issue.md"), *offline, "--plan")
    waiting = told("task", "watch", created["task"], code=4)
    approved = told("task", "approve", created["task"])
    followed = told("task", "watch", created["run"])
    shown, diff = told("task", "show", created["task"]), told("task", "diff", created["run"])
    many = tmp_path / "many.jsonl"
    again = (services.runs.repository / "issue.md").read_text() + "\nOnce more.\n"
    requests = ({"request": again}, {"request": "Two.", "base": "nowhere"})
    many.write_text("".join(f"{json.dumps(one)}\n" for one in requests))
    batch = told("task", "create", "--from", str(many), *offline, "--plan", code=2)
    # So that it is not over before it is stopped.
    told("task", "watch", batch["tasks"][0]["run"], code=4)
    stopped = told("stop", batch["tasks"][0]["run"])
    listed = told("task", "list")["tasks"]

    assert (waiting["state"], approved["state"], followed["verdict"]) == ("waiting", "queued", "done")
    assert followed["events"][0]["type"] == "run.started"
    assert followed["events"][-1]["type"] == "run.ended"
    assert (shown["state"], shown["branch"] is not None, diff["diff"].startswith("diff --git")) == ("done", True, True)
    assert [one.get("error", {}).get("code") for one in batch["tasks"]] == [None, "repository.revision_not_found"]
    assert stopped["runs"][0]["state"] == "cancelled"
    assert {one["id"] for one in listed} == {created["task"], batch["tasks"][0]["task"]}
    assert not (tmp_path / "elsewhere" / "eaa.sqlite").exists()
    refused = elsewhere.eaa("--server", server.address, "run", "x", "--repo", ".")
    assert (refused.returncode, "eaa task create" in refused.stderr) == (2, True)
    wrong = replace(elsewhere, variables={**elsewhere.variables, "EAA_SERVER_TOKEN": "wrong"})
    assert "not one of ours" in wrong.eaa("--server", server.address, "task", "list").stderr
    assert "does not answer" in elsewhere.eaa("--server", "http://127.0.0.1:9", "task", "list").stderr
    in_the_clear = elsewhere.eaa("--server", "http://eaa.example", "task", "list")
    assert (in_the_clear.returncode, "in the clear" in in_the_clear.stderr) == (2, True)
