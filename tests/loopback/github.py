"""A stand-in for the part of GitHub that we use, with a journal of writes and faults on demand.

    python -m tests.loopback.github [--port PORT] [--token TOKEN] [--repository OWNER/NAME] [--git FOLDER]

prints its address and serves until it is ended. Beside the API, and git's smart protocol for a bare repository in
FOLDER: `GET /_journal` gives the writes that were done, `POST /_faults` takes one more fault as JSON.
"""

import argparse
import asyncio
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.loopback.git_backend import GitBackend
from tests.loopback.in_thread import in_thread

TOKEN = "loopback-token"
REPOSITORY = "octo/shop"
LOGIN = "eaa-bot"
LONGEST_HOLD_S = 300
LARGEST_BODY_BYTES = 1 << 28


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of a method whose path contains `path`."""

    kind: str
    """`status` answers with `status` and `headers`; `drop before` and `drop after` cut the connection before or after
    the request took effect; `hold before` and `hold after` do so once somebody has let go; `garbage` answers with
    `body`, which is not JSON."""
    method: str = "GET"
    path: str = "/"
    times: int = 1
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "<html>"
    """Of `garbage`."""


@dataclass
class Hold(Fault):
    """A request that waits, before or after it took effect, until the test lets go; then its connection is cut."""

    reached: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    async def wait(self) -> None:
        """Say that the request is here, and keep it."""
        self.reached.set()
        await asyncio.to_thread(self.let_go.wait, LONGEST_HOLD_S)


@dataclass
class LoopbackGithub:
    """The state of one repository."""

    token: str = TOKEN
    repository: str = REPOSITORY
    git: Path | None = None
    """The bare repository; without one there is only the API."""
    address: str = ""
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    """Every write that took effect, oldest first: `what`, and what it was about."""
    requests: list[str] = field(default_factory=list)
    """Method and path of every API request, oldest first."""
    faults: list[Fault] = field(default_factory=list)
    _git_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def application(self) -> web.Application:
        """Return the server."""
        application = web.Application(middlewares=[self._guard], client_max_size=LARGEST_BODY_BYTES)
        base = "/repos/{owner}/{name}"
        application.add_routes(
            [
                web.get("/user", self._user),
                web.get(base + "/issues/{number}", self._issue),
                web.get(base + "/pulls/{number}", self._pull),
                web.get("/{account}/{repository}.git/{rest:.+}", self._git),
                web.post("/{account}/{repository}.git/{rest:.+}", self._git),
                web.get(f"{base}/pulls", self._list_pulls),
                web.post(f"{base}/pulls", self._open_pull),
                web.get(base + "/issues/{number}/comments", self._list_comments),
                web.post(base + "/issues/{number}/comments", self._comment),
                web.get("/_journal", self._journal),
                web.post("/_faults", self._add_fault),
            ]
        )
        return application

    def write_issue(self, number: int, *, title: str, body: str | None, association: str = "NONE") -> None:
        """Open an issue as anyone."""
        self.issues[number] = {"number": number, "title": title, "body": body, "author_association": association}

    def write_comment(self, number: int, *, login: str, body: str, association: str = "NONE") -> dict[str, Any]:
        """Add a comment as anyone."""
        comments = self.comments.setdefault(number, [])
        address = f"https://github.test/{self.repository}/pull/{number}#issuecomment-{len(comments) + 1}"
        comment = {"id": len(comments) + 1, "html_url": address, "body": body, "user": {"login": login}}
        comments.append({**comment, "author_association": association})
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
                return web.Response(text=fault.body)
            case Fault(kind="drop before"):
                return _drop(request)
            case Hold(kind="hold before"):
                await fault.wait()
                return _drop(request)
        refused = self._refused(request)
        if refused is not None:
            return refused
        if "owner" in request.match_info and self.repository != "{owner}/{name}".format(**request.match_info):
            return _refusal(404, "Not Found")
        answer = await handler(request)
        if isinstance(fault, Hold):
            await fault.wait()
        return answer if fault is None else _drop(request)

    def _refused(self, request: web.Request) -> web.Response | None:
        login = b64encode(f"x-access-token:{self.token}".encode()).decode()
        if "repository" in request.match_info:
            if request.headers.get("Authorization") != f"Basic {login}":
                headers = {"WWW-Authenticate": 'Basic realm="GitHub"'}
                return web.Response(status=401, text="Repository not found.", headers=headers)
            named = "{account}/{repository}".format(**request.match_info)
            return None if self.git and named == self.repository else web.Response(status=404)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _refusal(401, "Bad credentials")
        return None

    def _fault_for(self, request: web.Request) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == request.method and fault.path in request.path:
                fault.times -= 1
                return fault
        return None

    async def _user(self, _: web.Request) -> web.Response:
        return web.json_response({"login": LOGIN})

    async def _issue(self, request: web.Request) -> web.Response:
        found = self.issues.get(int(request.match_info["number"]))
        return _refusal(404, "Not Found") if found is None else web.json_response(found)

    async def _pull(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        found = [pull for pull in self.pulls if pull["number"] == number]
        return web.json_response(found[0]) if found else _refusal(404, "Not Found")

    async def _git(self, request: web.Request) -> web.StreamResponse:
        assert self.git is not None
        backend = GitBackend(self.git)
        async with self._git_lock:
            before = await backend.branches()
            answer = await backend.answer(request, request.match_info["rest"])
            after = await backend.branches()
        for branch in sorted({*before, *after}):
            if before.get(branch) != after.get(branch):
                self.journal.append(
                    {"what": "branch", "branch": branch, "from": before.get(branch), "to": after.get(branch)}
                )
        return answer

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
        head, base = None, None
        if self.git is not None:
            branches = await GitBackend(self.git).branches()
            head, base = branches.get(content["head"]), branches.get(content["base"])
            if head is None or base is None:
                return _refusal(422, "Validation Failed", f"{'head' if head is None else 'base'} invalid")
            await GitBackend(self.git).point(f"refs/pull/{number}/head", head)
        pull = {
            "number": number,
            "html_url": f"https://github.test/{self.repository}/pull/{number}",
            "state": "open",
            "title": content["title"],
            "body": content["body"],
            "author_association": "MEMBER",
            "head": {"ref": content["head"], "sha": head},
            "base": {"ref": content["base"], "sha": base},
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
    runner = web.AppRunner(github.application(), shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        github.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield github
    finally:
        await runner.cleanup()


@contextmanager
def serving_in_thread(github: LoopbackGithub) -> Iterator[LoopbackGithub]:
    """Serve on a free port beside a test that is no coroutine."""
    with in_thread(serving(github)):
        try:
            yield github
        finally:
            for fault in github.faults:
                if isinstance(fault, Hold):
                    fault.let_go.set()


def _drop(request: web.Request) -> web.Response:
    """Cut the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _refusal(status: int, message: str, *details: str) -> web.Response:
    errors = [{"message": detail} for detail in details]
    return web.json_response({"message": message, "errors": errors}, status=status)


async def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for GitHub.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--repository", default=REPOSITORY)
    parser.add_argument("--git", type=Path)
    given = parser.parse_args()
    state = LoopbackGithub(token=given.token, repository=given.repository, git=given.git)
    async with serving(state, port=given.port) as github:
        print(github.address, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
