"""Every route is sent what no honest program sends: each is refused in the one shape, and none is a fault of ours."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yarl import URL

from eaa.adapters.github.site import GithubSite
from eaa.services.gateway.app import application
from eaa.services.gateway.house import FetchedIssue
from eaa.wiring.issues import fetch_issue
from tests.integration.gateway.conftest import AUTHORIZED, GatewayWorld, gateway_world
from tests.integration.gateway.test_tasks_and_runs import park, project, task

SITE = GithubSite(api_url="http://127.0.0.1:1", token=None)
"""Nobody listens there."""
TEXTS = (
    "a\0b",
    "a\ud800b",
    "\u202e\ufffe",
    "-1",
    "http://[::1/a/b/issues/1",
    f"{SITE.web_url}/a/b/issues/{'9' * 5_000}",
    "https://[::1/x/y",
    "/" + "x" * 3_900,
    "/x\0y",
    "~nobody-of-this-name/x",
    "run_" + "x" * 3_000,
)
THINGS = (
    *("null", "true", "-1", "1.5", "1e999", "NaN", "9" * 30, "9" * 5_000),
    *('""', "[]", "{}", r'["\u0000"]', r'{"\ud800": "\u0000"}'),
)
"""As JSON says them, or as no JSON does."""
BODIES = (
    b"",
    b"\0",
    b"\xff",
    b"null",
    b"NaN",
    b'"\\ud800',
    b"1" * 5_000,
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"text": ' + b"9" * 5_000 + b"}",
    b"{" + b",".join(b'"%d": 1' % number for number in range(50_000)) + b"}",
)
AT_ONCE = 8
"""Requests under way."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:80]}?{self.query[:80]} {(self.body or b'')[:120]!r} {str(self.headers)[:80]}"


@dataclass(frozen=True)
class Route:
    """A route as the OpenAPI document has it, and a body that it takes."""

    method: str
    path: str
    queries: tuple[str, ...]
    body: dict[str, Any] | None

    def asked(self, ids: dict[str, str]) -> Iterator[Asked]:
        """Yield hostile requests: one place after the other is wrong, and the rest as it should be."""
        path = self.path.format(**ids)
        good = None if self.body is None else json.dumps(self.body).encode()
        for text in TEXTS if "{" in self.path else ():
            sent = quote(text.encode(errors="surrogatepass"), safe="")
            yield Asked(self.method, self.path.format(**dict.fromkeys(ids, sent)), body=good)
        for name in self.queries:
            for text in (*TEXTS, "1e999", "9" * 5_000, ""):
                sent = quote(text.encode(errors="surrogatepass"), safe="")
                yield Asked(self.method, path, query=f"{name}={sent}", body=good)
        if self.method == "POST":
            for key in ("x" * 3_000, "\xff", "a b", " "):
                yield Asked(self.method, path, body=good, headers={"Idempotency-Key": key})
        for body in BODIES if self.body is not None else ():
            yield Asked(self.method, path, body=body)
        for name, honest in (self.body or {}).items():
            for said in (*THINGS, *map(json.dumps, TEXTS)) if isinstance(honest, str) else THINGS:
                yield Asked(self.method, path, body=_with(self.body or {}, name, said))


def _with(body: dict[str, Any], name: str, said: str) -> bytes:
    """Return a body in which one value is said by this text."""
    values = {one: json.dumps(value) for one, value in body.items()} | {name: said}
    return f"{{{', '.join(f'{json.dumps(one)}: {value}' for one, value in values.items())}}}".encode()


def routes(world: GatewayWorld, task_body: dict[str, Any]) -> Iterator[Route]:
    """Yield every route of the OpenAPI document; one that takes a body which is not known here is an error."""
    bodies: dict[str, dict[str, Any]] = {
        "NewTask": task_body,
        "NewTasks": {"tasks": [task_body]},
        "Words": {"text": "Mind it."},
        "Answer": {"text": "Yes.", "is_members": True},
        "Decision": {"decision": "approve", "subject": "0123456789"},
    }
    for path, methods in application(world.house).openapi()["paths"].items():
        for method, said in methods.items():
            queries = tuple(one["name"] for one in said.get("parameters", ()) if one["in"] == "query")
            content = said.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            yield Route(method.upper(), path, queries, bodies[name] if name else None)


async def answer(world: GatewayWorld, asked: Asked) -> str | None:
    """Send a request and return what is wrong with its answer, None when nothing is."""
    kind = {"Content-Type": "application/json"} if asked.body is not None else {}
    address = f"{world.address}{asked.path}?{asked.query}"
    async with world.client.request(
        asked.method, URL(address, encoded=True), data=asked.body, headers=AUTHORIZED | kind | asked.headers
    ) as response:
        if response.status < 400:
            return None
        said = json.loads(await response.read())
    if response.status >= 500 or said.keys() != {"error"}:
        return f"{response.status} {said}"
    return None if said["error"].keys() == {"code", "message", "details", "request_id"} else str(said)


async def test_no_value_at_any_route_is_a_fault_of_ours(tmp_path: Path, url: str | None) -> None:
    async def issue_at(address: str) -> FetchedIssue:
        issue = await fetch_issue(address, site=SITE)
        return FetchedIssue(issue.text, issue.source, issue.origin)

    parts = {"fetch_issue": issue_at, "cloneable": SITE.cloneable}
    async with gateway_world(tmp_path, url=url, parts=parts, requests_a_minute=1_000_000) as world:
        body = {**task(project(tmp_path)), "base": "HEAD", "kind": "bug", "origin": "member", "budget_usd": 1.0}
        body |= {"priority": 1, "test_command": "true", "setup_command": "true", "python": "/python"}
        created = (await world.post("/v1/tasks", body)).body
        await park(world, created["run"], "run.asks", None)
        name = created["run"].removeprefix("run_")
        ids = {"task": created["task"], "run": created["run"], "approval": f"apr_{name}", "question": f"qst_{name}"}
        places = asyncio.Semaphore(AT_ONCE)

        async def sent(asked: Asked) -> tuple[str, str] | None:
            async with places:
                wrong = await answer(world, asked)
            return None if wrong is None else (str(asked), wrong[:500])

        every = [asked for route in routes(world, body) for asked in route.asked(ids)]
        found = [one for one in await asyncio.gather(*map(sent, every)) if one is not None]

    assert len(every) > 500
    assert found == []
