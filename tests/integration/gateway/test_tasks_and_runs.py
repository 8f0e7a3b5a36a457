"""Tasks go in once, and runs are told, stopped and shown."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from eaa.adapters.sql.engine import open_engine, sqlite_address
from eaa.domain.directive import DirectiveKind
from eaa.domain.ids import CommitId, RunId
from eaa.domain.origin import Origin
from eaa.domain.run import RunState
from eaa.engine.codec import encode
from eaa.engine.journal import event_of_run
from eaa.services.gateway.house import FetchedIssue
from tests.integration.gateway.conftest import GatewayWorld, gateway_world
from tests.support.git_project import GitProject


def project(folder: Path) -> GitProject:
    """Make a repository with one commit."""
    made = GitProject(folder / "project")
    made.commit({"a.py": "x = 1\n"}, message="One")
    return made


def task(made: GitProject, **more: Any) -> dict[str, Any]:
    """Return the body of a task."""
    return {"request": "Make x two.", "repository": str(made.folder), "offline": True, **more}


async def test_a_task_is_on_record_when_it_is_answered(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    created = await world.post("/v1/tasks", task(made, kind="feature", priority=3, origin="anonymous"))

    assert (created.status, created.body["state"], created.body["is_new"]) == (201, "queued", True)
    shown = (await world.get(f"/v1/tasks/{created.body['task']}")).body
    assert (shown["request"], shown["origin"], shown["kind"]) == ("Make x two.", "anonymous", "feature")
    assert (shown["run"]["state"], shown["run"]["priority"], shown["run"]["base"]) == (
        "queued",
        3,
        made.git("rev-parse", "HEAD"),
    )
    listed = (await world.get("/v1/runs?state=queued")).body["data"]
    assert [run["id"] for run in listed] == [created.body["run"]]
    assert (await world.get("/v1/runs?state=done")).body["data"] == []


async def test_the_same_request_twice_with_a_key_is_one_task_and_the_same_answer(
    world: GatewayWorld, tmp_path: Path
) -> None:
    made = project(tmp_path)
    answers = await asyncio.gather(*(world.post("/v1/tasks", task(made), Idempotency_Key="key-1") for _ in range(6)))
    other = await world.post("/v1/tasks", task(made, priority=1), Idempotency_Key="key-1")
    without_repository = project(tmp_path / "gone")
    first = await world.post("/v1/tasks", task(without_repository), Idempotency_Key="key-2")
    (without_repository.folder / ".git").rename(tmp_path / "hidden")
    again = await world.post("/v1/tasks", task(without_repository), Idempotency_Key="key-2")

    assert {answered.status for answered in answers} == {201}
    assert len({str(answered.body) for answered in answers}) == 1
    assert sum("Idempotency-Replayed" in answered.headers for answered in answers) == 5
    assert len((await world.get("/v1/tasks")).body["data"]) == 2
    assert (other.status, "another request" in other.body["error"]["message"]) == (422, True)
    assert (again.status, again.body) == (201, first.body)


async def test_a_refused_request_keeps_nothing_under_its_key(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    refused = await world.post("/v1/tasks", task(made, base="nowhere"), Idempotency_Key="key-1")
    relative = await world.post("/v1/tasks", task(made) | {"repository": "project"})
    empty = await world.post("/v1/tasks", task(made, request="  \n"))
    accepted = await world.post("/v1/tasks", task(made), Idempotency_Key="key-1")

    assert (refused.status, refused.body["error"]["code"]) == (422, "repository.revision_not_found")
    assert (relative.status, empty.status) == (400, 400)
    assert accepted.status == 201


async def test_an_issues_address_brings_its_own_words_and_origin(world: GatewayWorld, tmp_path: Path) -> None:
    created = await world.post("/v1/tasks", task(project(tmp_path), request="https://example.test/issues/1"))

    shown = (await world.get(f"/v1/tasks/{created.body['task']}")).body
    assert (shown["request"], shown["origin"]) == ("An issue from outside.", "anonymous")
    assert shown["source"] == "https://example.test/issues/1"


async def test_lists_go_on_where_the_page_before_ended(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    for number in range(5):
        await world.post("/v1/tasks", task(made, request=f"Make x {number}."))
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await world.get(f"/v1/tasks?limit=2{cursor}")).body
        seen += [one["request"] for one in page["data"]]
        if not page["pagination"]["has_more"]:
            break
        cursor = f"&cursor={page['pagination']['next_cursor']}"

    assert seen == [f"Make x {number}." for number in (4, 3, 2, 1, 0)]
    assert (await world.get("/v1/tasks?limit=1000")).status == 422


async def test_what_has_not_changed_is_not_sent_again(world: GatewayWorld, tmp_path: Path) -> None:
    created = (await world.post("/v1/tasks", task(project(tmp_path)))).body
    address = f"/v1/tasks/{created['task']}"
    first = await world.get(address)

    unchanged = await world.get(address, If_None_Match=first.headers["ETag"])
    await world.post(f"{address}/cancel")
    changed = await world.get(address, If_None_Match=first.headers["ETag"])

    assert (unchanged.status, unchanged.body) == (304, "")
    assert (changed.status, changed.body["run"]["state"]) == (200, "cancelled")


async def test_a_run_is_stopped_paused_told_and_goes_on(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    run = (await world.post("/v1/tasks", task(made))).body["run"]

    said = await world.post(f"/v1/runs/{run}/say", {"text": "Keep the name."}, Idempotency_Key="say-1")
    await world.post(f"/v1/runs/{run}/say", {"text": "Keep the name."}, Idempotency_Key="say-1")
    paused = await world.post(f"/v1/runs/{run}/pause")
    resumed = await world.post(f"/v1/runs/{run}/resume")
    stopped = await world.post(f"/v1/runs/{run}/stop")
    too_late = await world.post(f"/v1/runs/{run}/resume")
    unheard = await world.post(f"/v1/runs/{run}/say", {"text": "Hello?"})

    assert (said.status, paused.body["state"], resumed.body["state"]) == (200, "waiting", "queued")
    assert (stopped.body["state"], stopped.body["effects"]) == ("cancelled", [])
    assert (too_late.status, unheard.status) == (409, 409)
    async with world.house.desk.store.begin() as session:
        told = [one.kind for one in await session.directives.of_run(RunId(run))]
    assert told == [DirectiveKind.SAY, DirectiveKind.PAUSE, DirectiveKind.RESUME, DirectiveKind.STOP]


@pytest.mark.parametrize("way", ["stop", "pause", "cancel"])
async def test_a_halt_that_is_sent_again_means_the_run_that_it_meant_at_first(
    world: GatewayWorld, tmp_path: Path, way: str
) -> None:
    made = project(tmp_path)
    created = (await world.post("/v1/tasks", task(made))).body
    address = f"/v1/tasks/{created['task']}/cancel" if way == "cancel" else f"/v1/runs/{created['run']}/{way}"
    first = await asyncio.gather(*(world.post(address, Idempotency_Key="halt-1") for _ in range(4)))
    later = await next_attempt(world, created["run"])
    again = await world.post(address, Idempotency_Key="halt-1")
    other = await world.post(f"/v1/runs/{later}/stop", Idempotency_Key="halt-1")

    assert {one.status for one in (*first, again)} == {200}
    assert len({str(one.body) for one in (*first, again)}) == 1
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, "another request" in other.body["error"]["message"]) == (422, True)
    assert (await world.get(f"/v1/runs/{later}")).body["state"] == "queued"


async def test_a_cancel_whose_process_went_away_goes_on_with_the_same_run(world: GatewayWorld, tmp_path: Path) -> None:
    created = (await world.post("/v1/tasks", task(project(tmp_path)))).body
    address = f"/v1/tasks/{created['task']}/cancel"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.house.signals), "ring", broken)
        lost = await world.post(address, Idempotency_Key="cancel-1")
    later = await next_attempt(world, created["run"])

    again = await world.post(address, Idempotency_Key="cancel-1")

    assert (lost.status, again.status, again.body["run"]) == (500, 200, created["run"])
    assert (await world.get(f"/v1/runs/{later}")).body["state"] == "queued"


async def broken(*_: object) -> None:
    """Fail as the process would that is gone."""
    raise RuntimeError


async def next_attempt(world: GatewayWorld, run_id: str) -> str:
    """Put another, queued attempt at a run's task on record."""
    async with world.house.desk.store.begin() as session:
        run = await session.runs.get(RunId(run_id))
        later = replace(run, id=RunId("run_later"), attempt=run.attempt + 1, state=RunState.QUEUED, owner_slot=None)
        await session.runs.add(later)
    return later.id


async def test_a_question_is_listed_and_its_answer_queues_the_run_once(world: GatewayWorld, tmp_path: Path) -> None:
    created = (await world.post("/v1/tasks", task(project(tmp_path)))).body
    await park(world, created["run"], "run.asks", None)

    (asked,) = (await world.get("/v1/questions")).body["data"]
    address = f"/v1/questions/{asked['id']}/answer"
    first = await world.post(address, {"text": "Gross.", "is_members": False}, Idempotency_Key="answer-1")
    again = await world.post(address, {"text": "Gross.", "is_members": False}, Idempotency_Key="answer-1")
    late = await world.post(address, {"text": "Net."})

    assert (asked["run"], asked["task"]) == (created["run"], created["task"])
    assert (first.status, first.body["state"], again.body) == (200, "queued", first.body)
    assert (late.status, late.body["error"]["code"]) == (409, "request.conflict")
    async with world.house.desk.store.begin() as session:
        told = [(one.kind, one.text) for one in await session.directives.of_run(RunId(created["run"]))]
    assert told == [(DirectiveKind.OUTSIDE_ANSWER, "Gross.")]


async def test_a_yes_counts_for_the_commit_it_names_and_for_no_other(world: GatewayWorld, tmp_path: Path) -> None:
    created = (await world.post("/v1/tasks", task(project(tmp_path)))).body
    commit = "c0ffee" + "0" * 34
    await park(world, created["run"], "effect.approval_missing", commit)

    (approval,) = (await world.get("/v1/approvals")).body["data"]
    address = f"/v1/approvals/{approval['id']}"
    wrong = await world.post(address, {"decision": "approve", "subject": "deadbeef"})
    right = await world.post(address, {"decision": "approve", "subject": commit[:12]})
    unknown = await world.post("/v1/approvals/run_1", {"decision": "approve", "subject": commit})

    assert (approval["kind"], approval["subject"]) == ("commit", commit)
    assert (wrong.status, right.status, right.body["state"], unknown.status) == (409, 200, "queued", 404)
    async with world.house.desk.store.begin() as session:
        approved = [one for one in await session.events.of_run(RunId(created["run"])) if one.type == "effect.approved"]
    assert [event.data for event in approved] == [encode({"commit": commit})]


async def test_a_no_ends_the_run(world: GatewayWorld, tmp_path: Path) -> None:
    created = (await world.post("/v1/tasks", task(project(tmp_path)))).body
    await park(world, created["run"], "effect.approval_missing", "c0ffee" + "0" * 34)
    (approval,) = (await world.get("/v1/approvals")).body["data"]

    declined = await world.post(f"/v1/approvals/{approval['id']}", {"decision": "decline", "subject": "c0ffee00"})

    assert (declined.status, declined.body["state"]) == (200, "cancelled")
    assert (await world.get(f"/v1/runs/{created['run']}")).body["state"] == "cancelled"
    assert (await world.get("/v1/approvals")).body["data"] == []


async def test_a_change_is_shown_as_a_diff(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    created = (await world.post("/v1/tasks", task(made))).body
    nothing = await world.get(f"/v1/runs/{created['run']}/diff")
    head = made.commit({"a.py": "x = 2\n"}, message="Two")
    await world.house.repositories.open(str(made.folder))
    async with world.house.desk.store.begin() as session:
        run = await session.runs.get(RunId(created["run"]))
        await session.runs.update(replace(run, head_commit=CommitId(head)))

    shown = await world.get(f"/v1/runs/{created['run']}/diff")
    none = await world.get(f"/v1/runs/{created['run']}/evidence")

    assert (nothing.status, none.status) == (404, 404)
    assert "-x = 1\n+x = 2" in shown.body


async def park(world: GatewayWorld, run_id: str, code: str, subject: str | None) -> None:
    """Let a run wait as if the work on it had come to a halt."""
    desk = world.house.desk
    async with desk.store.begin() as session:
        run = await session.runs.get(RunId(run_id))
        waiting = replace(run, state=RunState.WAITING)
        await session.runs.update(waiting)
        said = {"state": "waiting", "code": code, "hint": "", "subject": subject}
        await session.events.add(event_of_run(waiting, Origin.MEMBER, "run.parked", encode(said), desk=desk))


async def test_many_tasks_go_in_with_one_request_and_each_has_its_answer(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    body = {
        "tasks": [
            task(made, request="Make x two."),
            task(made, base="nowhere"),
            task(made, request="Make x three.", priority=-1),
            task(made, request="Make x two."),
        ]
    }
    answers = [await world.post("/v1/tasks/batch", body, Idempotency_Key="many") for _ in range(2)]
    first, refused, third, same = answers[0].body["data"]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert refused["created"] is None
    assert refused["error"]["code"] == "repository.revision_not_found"
    assert (first["created"]["is_new"], same["created"]["is_new"]) == (True, False)
    assert same["created"]["run"] == first["created"]["run"]
    queued = (await world.get("/v1/runs?state=queued")).body["data"]
    assert {run["id"] for run in queued} == {first["created"]["run"], third["created"]["run"]}


async def test_a_task_that_is_none_or_meets_a_fault_of_ours_costs_the_others_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(address: str) -> FetchedIssue:
        raise RuntimeError(f"nobody foresaw {address}")

    made = project(tmp_path)
    bodies = [
        task(made),
        task(made, request="https://example.test/issues/1"),
        task(made, request="Make \0 two."),
        task(made, repository="/" + "x" * 3_900),
        task(made, request="Make x three."),
    ]
    async with gateway_world(tmp_path, parts={"fetch_issue": broken}) as world:
        answered = await world.post("/v1/tasks/batch", {"tasks": bodies})
        queued = (await world.get("/v1/runs?state=queued")).body["data"]
    first, fault, *refused, last = answered.body["data"]

    assert answered.status == 200
    assert {one["id"] for one in queued} == {first["created"]["run"], last["created"]["run"]}
    assert [one["error"]["code"] for one in refused] == ["request.invalid", "repository.unusable"]
    assert (fault["error"]["code"], fault["created"]) == ("fault", None)
    assert fault["error"]["details"] == {"request_id": answered.headers["X-Request-Id"]}
    assert "nobody foresaw" not in str(answered.body)
    assert "nobody foresaw https://example.test/issues/1" in capsys.readouterr().out


async def test_a_task_that_the_database_does_not_take_costs_the_others_nothing(tmp_path: Path, url: str | None) -> None:
    made = project(tmp_path)
    bodies = [task(made, request=f"Make {name} two.") for name in ("x", "odd y", "z", "odd v", "w")]
    address = url or sqlite_address(tmp_path / "eaa.sqlite")
    async with gateway_world(tmp_path, url=address) as world:
        await refuse_odd_tasks(address)
        first, again = [await world.post("/v1/tasks/batch", {"tasks": bodies}, Idempotency_Key="1") for _ in range(2)]
        queued = (await world.get("/v1/runs?state=queued")).body["data"]

    assert (first.status, again.body) == (200, first.body)
    outcomes = first.body["data"]
    assert [one["error"]["code"] if one["error"] else None for one in outcomes] == [None, "fault", None, "fault", None]
    assert {one["id"] for one in queued} == {one["created"]["run"] for one in outcomes if one["created"]}


async def refuse_odd_tasks(address: str) -> None:
    """Let the database have a rule that nobody foresaw."""
    is_postgres = address.startswith("postgresql")
    engine = open_engine(address)
    async with engine.begin() as connection:
        await connection.execute(text(_ODD_ON_POSTGRES if is_postgres else _ODD_ON_SQLITE))
    await engine.dispose()


_ODD_ON_POSTGRES = "ALTER TABLE tasks ADD CONSTRAINT nobody_foresaw CHECK (text NOT LIKE '%odd%')"
_ODD_ON_SQLITE = (
    "CREATE TRIGGER nobody_foresaw BEFORE INSERT ON tasks WHEN NEW.text LIKE '%odd%' "
    "BEGIN SELECT RAISE(ABORT, 'nobody foresaw'); END"
)


async def test_too_many_tasks_or_none_are_refused_as_a_whole(world: GatewayWorld, tmp_path: Path) -> None:
    made = project(tmp_path)
    empty = await world.post("/v1/tasks/batch", {"tasks": []})
    many = await world.post("/v1/tasks/batch", {"tasks": [task(made)] * 101})
    wrong = await world.post("/v1/tasks/batch", {"tasks": [task(made), {"request": "x"}]})

    assert [answer.status for answer in (empty, many, wrong)] == [422, 422, 422]
    assert (await world.get("/v1/tasks")).body["data"] == []
