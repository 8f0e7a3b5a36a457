"""Commands that talk to a server: one that is ours, one that is busy for a while, and ones that are none."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from eaa.adapters.gateway.http_gateway import MOST_TASKS
from eaa.cli import remote, remote_create, remote_watch
from eaa.cli.asked import Asked, asked_of
from eaa.cli.exit_codes import exit_code_of_error
from eaa.cli.options import RunOptions
from eaa.cli.outcomes import Outcomes
from eaa.domain.errors import EaaError
from eaa.domain.service_errors import ServiceUnreachable
from eaa.settings import Settings
from tests.integration.gateway.conftest import TOKEN, GatewayWorld
from tests.loopback.scripted_server import Asked as Request
from tests.loopback.scripted_server import answer, refusal, serving_script, stream
from tests.support.git_project import GitProject

RUN: dict[str, Any] = {
    "id": "run_1", "task": "tsk_1", "state": "running", "verdict": None, "attempt": 1, "branch": None, "base": None,
    "head": None, "owner": None, "steps": [], "waiting": None,
}  # fmt: skip
DONE = RUN | {"state": "done", "verdict": "done"}
EVENT = {"id": "evt_1", "type": "run.started", "time": "2026-11-27T04:00:00Z", "eaarun": "run_1"}
ENDED = EVENT | {"id": "evt_2", "type": "run.ended"}
BUSY = refusal(503, "request.shed", "64 requests are being answered", Retry_After="1")
FULL = refusal(429, "request.rate_limited", "more than 600 requests a minute", Retry_After="1")
Command = Callable[[Settings], Awaitable[int]]


def settings_of(address: str, folder: Path) -> Settings:
    return Settings(home=folder, server=address, server_token=SecretStr(TOKEN))


def wish(request: str, repo: str = "/repo", *, is_json: bool = False) -> Asked:
    return asked_of(RunOptions(request=request, repo=repo, is_offline=True, is_json=is_json), priority=0)


def commands(*, is_json: bool) -> list[Command]:
    """Return every command that a server is told."""
    said: dict[str, Any] = {"is_json": is_json}
    return [
        lambda settings: remote.list_tasks(limit=300, settings=settings, **said),
        lambda settings: remote.show_task("tsk_1", settings=settings, **said),
        lambda settings: remote.show_task("run_1", settings=settings, **said),
        lambda settings: remote.show_diff("run_1", settings=settings, **said),
        lambda settings: remote.halt("run_1", verb="stop", settings=settings, **said),
        lambda settings: remote.halt("run_1", verb="pause", settings=settings, **said),
        lambda settings: remote.say("run_1", "Keep it.", settings=settings, **said),
        lambda settings: remote.answer("run_1", "Gross.", settings=settings, **said),
        lambda settings: remote.approve("run_1", sha256=None, settings=settings, **said),
        lambda settings: remote_watch.watch_task("run_1", settings=settings, **said),
        lambda settings: remote_create.create_task(wish("Make x two.", is_json=is_json), settings=settings),
        lambda settings: remote_create.create_many(
            {1: wish("Make x two.")}, Outcomes(count=1, is_json=is_json), settings=settings
        ),
    ]


async def failure_of(command: Command, settings: Settings, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is said of a failure, whether the command says it or leaves that to whoever called it."""
    try:
        code = await command(settings)
    except EaaError as error:
        code = exit_code_of_error(error)
        print(f"{error}\n{error.hint}")
    assert code == 1
    return "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "said",
    [
        answer(b"<html><body>It works!</body></html>", kind="text/html"),
        answer({}),
        answer([]),
        answer(None),
        answer({"data": [None], "pagination": {}}),
        answer(b'{"id": "run'),
        answer(DONE)[:-20],
        answer(b"\xff\xfe\x00"),
        answer(b"", status=204),
        answer(b"<html>404</html>", status=404, kind="text/html"),
        answer(b"<html>501</html>", status=501, kind="text/html"),
        b"220 mail.example ESMTP\r\n",
    ],
)
async def test_no_command_breaks_at_a_server_that_is_none(
    said: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving_script(lambda _: said) as server:
        for command in commands(is_json=False) + commands(is_json=True):
            words = await failure_of(command, settings_of(server.address, tmp_path), capsys)
            assert server.address in words
            assert TOKEN not in words


async def test_nobody_at_the_address_is_said_at_once(tmp_path: Path) -> None:
    for command in commands(is_json=False)[:-1]:
        with pytest.raises(ServiceUnreachable):
            await command(settings_of("http://127.0.0.1:9", tmp_path))


async def test_a_list_that_says_that_it_goes_on_ends_with_an_empty_page(tmp_path: Path) -> None:
    page = answer({"data": [], "pagination": {"limit": 100, "has_more": True, "next_cursor": "tsk_1"}})
    async with serving_script(lambda _: page) as server:
        assert await remote.list_tasks(limit=10_000, is_json=True, settings=settings_of(server.address, tmp_path)) == 0

    assert len(server.asked) == 1


class Installation:
    """A server with one run, which is done when its end was told."""

    def __init__(self, *hindrances: bytes) -> None:
        self.hindrances = list(hindrances)
        """Said in place of what would have been said, one each to the requests for one path after the other."""
        self.told = 0
        self._hindered: dict[str, int] = {}

    def __call__(self, request: Request) -> bytes:
        """Answer a request."""
        path = request.path.partition("?")[0]
        hindered = self._hindered.get(path, 0)
        if hindered < len(self.hindrances):
            self._hindered[path] = hindered + 1
            return self.hindrances[hindered]
        match path:
            case "/v1/events":
                return answer({"data": [EVENT], "pagination": {"limit": 1, "has_more": False, "next_cursor": None}})
            case "/v1/events/stream":
                self.told += 1
                return stream(ENDED)
            case _:
                return answer(DONE if self.told else RUN)


@pytest.mark.parametrize("hindrances", [(), (BUSY, FULL), (answer(b"", status=502, kind="text/html"),)])
async def test_watching_goes_on_while_a_server_is_busy(
    hindrances: tuple[bytes, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving_script(Installation(*hindrances)) as server:
        code = await remote_watch.watch_task("run_1", is_json=True, settings=settings_of(server.address, tmp_path))

    told = json.loads(capsys.readouterr().out)
    assert (code, told["verdict"]) == (0, "done")
    assert [event["type"] for event in told["events"]] == ["run.started", "run.ended"]


async def test_watching_goes_on_when_answers_and_streams_break_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = Installation()
    # The end is told, and the answer that would say so breaks off: nobody tells the end a second time.
    turns = iter([answer(RUN), stream(ENDED), answer(DONE)[:-9], answer(DONE)])

    def script(request: Request) -> bytes:
        return installation(request) if request.path.startswith("/v1/events?") else next(turns)

    async with serving_script(script) as server:
        code = await remote_watch.watch_task("run_1", is_json=False, settings=settings_of(server.address, tmp_path))

    lines = capsys.readouterr().out.splitlines()
    assert (code, lines[-1]) == (0, "run run_1: done, done")
    assert any("asking again in 1 s" in line for line in lines)


async def test_a_stream_that_ends_at_once_is_not_opened_without_a_pause(tmp_path: Path) -> None:
    turns = iter([RUN, DONE])

    def script(request: Request) -> bytes:
        match request.path.partition("?")[0]:
            case "/v1/events":
                return answer({"data": []})
            case "/v1/events/stream":
                return stream()
            case _:
                return answer(next(turns))

    async with serving_script(script) as server:
        assert await remote_watch.watch_task("run_1", is_json=True, settings=settings_of(server.address, tmp_path)) == 0

    assert [asked.path.partition("?")[0].rpartition("/")[2] for asked in server.asked] == [
        "run_1", "events", "stream", "run_1",
    ]  # fmt: skip


def many(count: int, repo: str = "/repo", *, characters: int = 0) -> dict[int, Asked]:
    return {line: wish(f"Make x {line}. {'é' * characters}", repo) for line in range(1, count + 1)}


async def test_many_tasks_are_queued_in_parcels_that_the_server_takes(
    world: GatewayWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = GitProject(tmp_path / "project")
    project.commit({"a.py": "x = 1\n"}, message="One")
    lines = many(7, str(project.folder), characters=400_000)
    settings = settings_of(world.address, tmp_path)

    first = await remote_create.create_many(lines, Outcomes(count=7, is_json=False), settings=settings)
    said = capsys.readouterr().out.splitlines()
    again = await remote_create.create_many(lines, Outcomes(count=7, is_json=True), settings=settings)
    repeated = json.loads(capsys.readouterr().out)

    assert (first, again) == (0, 0)
    assert said[-1] == "7 queued, 0 refused"
    assert [line.split()[:2] for line in said[:-1]] == [["line", f"{number}:"] for number in range(1, 8)]
    assert [one["is_new"] for one in repeated["tasks"]] == [False] * 7
    assert all(f"{one['task']}, run {one['run']}," in line for one, line in zip(repeated["tasks"], said, strict=False))
    assert len((await world.get("/v1/tasks")).body["data"]) == 7


class Intake:
    """A server that takes tasks, and has a word in between."""

    def __init__(self, *words: bytes | None) -> None:
        self.words = list(words)
        """Said in place of each request's answer, None where it is answered."""
        self.taken: list[str] = []

    def __call__(self, request: Request) -> bytes:
        """Answer a request."""
        word = self.words.pop(0) if self.words else None
        if word is not None:
            return word
        asked = [one["request"] for one in json.loads(request.body)["tasks"]]
        self.taken += asked
        return answer({"data": [{"created": self._created(one), "error": None} for one in asked]})

    def _created(self, request: str) -> dict[str, Any]:
        number = request.split()[2].rstrip(".")
        return {"task": f"tsk_{number}", "run": f"run_{number}", "state": "queued", "is_new": True}


async def test_what_was_queued_before_a_failure_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = many(2 * MOST_TASKS + 50)
    fault = refusal(500, "fault", "A fault of ours.")
    for is_json in (False, True):
        async with serving_script(Intake(None, fault)) as server:
            outcomes = Outcomes(count=len(lines), is_json=is_json)
            code = await remote_create.create_many(lines, outcomes, settings=settings_of(server.address, tmp_path))
        assert code == 1
        assert len(server.asked) == 2

    said, errors = capsys.readouterr()
    text, _, told = said.partition("{")
    assert text.splitlines()[0] == "line 1: task tsk_1, run run_1, queued"
    assert text.splitlines()[-1] == "100 queued, 0 refused, 150 not answered for"
    assert "A fault of ours." in errors
    assert "Give the same command again" in errors
    broken = json.loads("{" + told)
    assert (broken["queued"], broken["left"], broken["error"]["code"]) == (100, 150, "server.fault")
    assert len(broken["tasks"]) == 100


async def test_a_parcel_that_a_busy_server_turned_away_is_sent_again_with_its_key(tmp_path: Path) -> None:
    intake = Intake(None, FULL, BUSY)
    async with serving_script(intake) as server:
        outcomes = Outcomes(count=150, is_json=True)
        code = await remote_create.create_many(many(150), outcomes, settings=settings_of(server.address, tmp_path))

    keys = [asked.headers["idempotency-key"] for asked in server.asked]
    assert (code, len(intake.taken)) == (0, 150)
    assert keys[1] == keys[2] == keys[3] != keys[0]


async def test_a_task_too_large_for_any_request_is_refused_and_the_others_are_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = many(3)
    lines[2] = wish("Make x 2. " + "\x01" * 900_000)
    intake = Intake()
    async with serving_script(intake) as server:
        outcomes = Outcomes(count=3, is_json=False)
        code = await remote_create.create_many(lines, outcomes, settings=settings_of(server.address, tmp_path))

    assert (code, len(intake.taken)) == (2, 2)
    assert capsys.readouterr().out.splitlines()[0].startswith("line 2: it is larger than the 2 MB")


@pytest.mark.parametrize("outcomes", [[], [{}, {}], [{"created": None, "error": None}] * 2])
async def test_answers_that_leave_a_task_out_are_an_error(outcomes: list[Any], tmp_path: Path) -> None:
    async with serving_script(lambda _: answer({"data": outcomes})) as server:
        said = Outcomes(count=2, is_json=True)
        assert await remote_create.create_many(many(2), said, settings=settings_of(server.address, tmp_path)) == 1
