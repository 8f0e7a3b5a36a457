"""A stand-in for the part of GitHub's REST API that we use, with a journal of writes and faults on demand.

    python -m tests.loopback.github [--port PORT] [--token TOKEN] [--repository OWNER/NAME]

prints its address and serves until it is ended. Beside the API: `GET /_journal` gives the writes that were done,
`POST /_faults` takes one more fault as JSON.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "loopback-token"
REPOSITORY = "octo/shop"
LOGIN = "eaa-bot"


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of a method whose path contains `path`."""

    kind: str
    """`status` answers with `status` and `headers`; `drop before` and `drop after` cut the connection before or after
    the request took effect; `garbage` answers with what is not JSON."""
    method: str = "GET"
    path: str = "/"
    times: int = 1
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class LoopbackGithub:
    """The state of one repository."""

    token: str = TOKEN
    repository: str = REPOSITORY
    address: str = ""
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    """Every write that took effect, oldest first: `what`, and what it was about."""
    requests: list[str] = field(default_factory=list)
    """Method and path of every API request, oldest first."""
    faults: list[Fault] = field(default_factory=list)

    def application(self) -> web.Application:
        """Return the server."""
        application = web.Application(middlewares=[self._guard])
        base = "/repos/{owner}/{name}"
        application.add_routes(
            [
                web.get("/user", self._user),
                web.get(f"{base}/pulls", self._list_pulls),
                web.post(f"{base}/pulls", self._open_pull),
                web.get(base + "/issues/{number}/comments", self._list_comments),
                web.post(base + "/issues/{number}/comments", self._comment),
                web.get("/_journal", self._journal),
                web.post("/_faults", self._add_fault),
            ]
        )
        return application

    def write_comment(self, number: int, *, login: str, body: str) -> dict[str, Any]:
        """Add a comment as anyone."""
        comments = self.comments.setdefault(number, [])
        address = f"https://github.test/{self.repository}/pull/{number}#issuecomment-{len(comments) + 1}"
        comments.append({"id": len(comments) + 1, "html_url": address, "body": body, "user": {"login": login}})
        return comments[-1]

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path.startswith("/_"):
            return await handler(request)
        self.requests.append(f"{request.method} {request.path}")
        fault = self._fault_for(request)
        match fault:
            case Fault(kind="status"):
                return web.json_response({"message": "injected"}, status=fault.status, headers=fault.headers)
            case Fault(kind="garbage"):
                return web.Response(text="<html>")
            case Fault(kind="drop before"):
                return _drop(request)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _refusal(401, "Bad credentials")
        if "owner" in request.match_info and self.repository != "{owner}/{name}".format(**request.match_info):
            return _refusal(404, "Not Found")
        answer = await handler(request)
        return answer if fault is None else _drop(request)

    def _fault_for(self, request: web.Request) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == request.method and fault.path in request.path:
                fault.times -= 1
                return fault
        return None

    async def _user(self, _: web.Request) -> web.Response:
        return web.json_response({"login": LOGIN})

    async def _list_pulls(self, request: web.Request) -> web.Response:
        state, head = request.query.get("state", "open"), request.query.get("head", "")
        ref = head.partition(":")[2]
        found = [
            pull
            for pull in reversed(self.pulls)
            if state in {"all", pull["state"]} and (not ref or pull["head"]["ref"] == ref)
        ]
        return web.json_response(found)

    async def _open_pull(self, request: web.Request) -> web.Response:
        content = await request.json()
        if any(pull["head"]["ref"] == content["head"] and pull["state"] == "open" for pull in self.pulls):
            return _refusal(422, "Validation Failed", f"A pull request already exists for octo:{content['head']}.")
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"https://github.test/{self.repository}/pull/{number}",
            "state": "open",
            "title": content["title"],
            "body": content["body"],
            "head": {"ref": content["head"]},
            "base": {"ref": content["base"]},
        }
        self.pulls.append(pull)
        self.journal.append({"what": "pull request", "branch": content["head"], "title": content["title"]})
        return web.json_response(pull, status=201)

    async def _list_comments(self, request: web.Request) -> web.Response:
        per_page, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
        comments = self.comments.get(int(request.match_info["number"]), [])
        headers = {}
        if len(comments) > page * per_page:
            following = f"{self.address}{request.path}?per_page={per_page}&page={page + 1}"
            headers["Link"] = f'<{following}>; rel="next"'
        return web.json_response(comments[(page - 1) * per_page : page * per_page], headers=headers)

    async def _comment(self, request: web.Request) -> web.Response:
        number, content = int(request.match_info["number"]), await request.json()
        comment = self.write_comment(number, login=LOGIN, body=content["body"])
        self.journal.append({"what": "comment", "number": number, "body": content["body"]})
        return web.json_response(comment, status=201)

    async def _journal(self, _: web.Request) -> web.Response:
        return web.json_response(self.journal)

    async def _add_fault(self, request: web.Request) -> web.Response:
        fault = Fault(**await request.json())
        self.faults.append(fault)
        return web.json_response(asdict(fault), status=201)


@asynccontextmanager
async def serving(github: LoopbackGithub, *, port: int = 0) -> AsyncIterator[LoopbackGithub]:
    """Serve on loopback, on a free port for 0, and know the address inside the block."""
    runner = web.AppRunner(github.application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        github.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield github
    finally:
        await runner.cleanup()


def _drop(request: web.Request) -> web.Response:
    """Cut the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _refusal(status: int, message: str, *details: str) -> web.Response:
    errors = [{"message": detail} for detail in details]
    return web.json_response({"message": message, "errors": errors}, status=status)


async def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for GitHub's REST API.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--repository", default=REPOSITORY)
    given = parser.parse_args()
    async with serving(LoopbackGithub(token=given.token, repository=given.repository), port=given.port) as github:
        print(github.address, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
