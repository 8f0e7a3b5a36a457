"""`/v1/tasks`: what was asked for."""

from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from eaa.domain.directive import Halt
from eaa.domain.environment import Consent, EnvironmentRequest
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.ids import TaskId
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.engine.intake import Request as Wish
from eaa.engine.intake import open_run_in
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.engine.sources import open_source
from eaa.engine.tasks import TaskLine, branch_of, find_run, newest_tasks
from eaa.engine.waiting import waiting_of
from eaa.ports.store import Session
from eaa.services.gateway.bodies import NewTask, NewTasks
from eaa.services.gateway.errors import body_of, fault_body
from eaa.services.gateway.halts import halt_once
from eaa.services.gateway.house import FetchedIssue, House
from eaa.services.gateway.pages import Cursor, Limit, page_of
from eaa.services.gateway.sending import kept, send, send_once
from eaa.services.gateway.views import (
    BatchView,
    CreatedView,
    HaltedView,
    OutcomeView,
    Page,
    RefusedView,
    TaskView,
    task_view,
)

SOURCE = "HTTP API"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Routes:
    house: House

    async def create(self, request: Request, body: NewTask) -> Response:
        """Queue a run. On record when this is answered; the same request on the same commit is the same task."""
        again = await kept(request, self.house)
        if again is not None:
            return again
        wish = await _wish(body, self.house)

        async def work(session: Session) -> CreatedView:
            return await self._queued(wish, session)

        answer = await send_once(request, self.house, work, status=201)
        await self.house.signals.ring(RUNS_TOPIC)
        return answer

    async def create_many(self, request: Request, body: NewTasks) -> Response:
        """Queue many runs in one transaction. What cannot be queued is told in its place, and the rest is on record."""
        again = await kept(request, self.house)
        if again is not None:
            return again
        wishes = [await self._understood(task, request.state.request_id) for task in body.tasks]
        answer = await self._queue_usable(wishes, request)
        await self.house.signals.ring(RUNS_TOPIC)
        return answer

    async def _queue_usable(self, wishes: MutableSequence[Wish | OutcomeView], request: Request) -> Response:
        """Queue what can be in one transaction and answer; what turns out in there not to be is left out of the next.

        Raises:
            EaaError: None of them can be, whatever they are: the database is away, nothing is taken in, …
        """
        at: int | None = None

        async def work(session: Session) -> BatchView:
            nonlocal at
            outcomes = []
            for number, wish in enumerate(wishes):
                at = number
                outcomes.append(await self._outcome(wish, session))
            at = None
            return BatchView(data=outcomes)

        while True:
            try:
                return await send_once(request, self.house, work)
            except EaaError:
                raise
            except Exception:
                if at is None:
                    raise
                wishes[at] = _fault_of_ours(request.state.request_id)
                at = None

    async def _understood(self, task: NewTask, request_id: str) -> Wish | OutcomeView:
        try:
            return await _wish(task, self.house)
        except EaaError as error:
            return _refused(body_of(error, request_id), {})
        except Exception:
            return _fault_of_ours(request_id)

    async def _outcome(self, wish: Wish | OutcomeView, session: Session) -> OutcomeView:
        return OutcomeView(created=await self._queued(wish, session)) if isinstance(wish, Wish) else wish

    async def _queued(self, wish: Wish, session: Session) -> CreatedView:
        opened = await open_run_in(session, wish, owner_slot=None, desk=self.house.desk)
        run = opened.run
        return CreatedView(task=run.task_id, run=run.id, state=run.state, is_new=opened.is_new, base=wish.base)

    async def list(self, request: Request, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """List tasks, the newest first."""
        house = self.house
        before = TaskId(cursor) if cursor else None
        lines = await newest_tasks(limit=limit + 1, desk=house.views, before=before)
        costs = await house.costs()
        views = [task_view(line, costs) for line in lines]
        return send(request, page_of(views, [line.task.id for line in lines], limit=limit))

    async def show(self, request: Request, task: str) -> Response:
        """Show a task and how its newest run stands."""
        house = self.house
        async with house.views.store.begin() as session:
            found = await session.tasks.get(TaskId(task))
            runs = await session.runs.of_task(found.id)
            run = runs[-1] if runs else None
            effects = await session.effects.of_run(run.id) if run is not None else ()
            waiting = await waiting_of(session, run) if _waits(run) and run is not None else None
        line = TaskLine(task=found, run=run, branch=branch_of(effects))
        return send(request, task_view(line, await house.costs(), waiting))

    async def cancel(self, request: Request, task: str) -> Response:
        """Stop a task's newest run for good, and answer when nothing of it works any more."""
        house = self.house
        return await halt_once(request, house, Halt.STOPPED, lambda: find_run(task, desk=house.desk))


def tasks_router(house: House) -> APIRouter:
    """Return the routes."""
    routes, router = _Routes(house), APIRouter(prefix="/v1/tasks", tags=["tasks"])
    router.add_api_route(
        "", routes.create, methods=["POST"], status_code=201, response_model=CreatedView, operation_id="create_task"
    )
    router.add_api_route(
        "/batch", routes.create_many, methods=["POST"], response_model=BatchView, operation_id="create_tasks"
    )
    router.add_api_route("", routes.list, methods=["GET"], response_model=Page[TaskView], operation_id="list_tasks")
    router.add_api_route("/{task}", routes.show, methods=["GET"], response_model=TaskView, operation_id="show_task")
    router.add_api_route(
        "/{task}/cancel", routes.cancel, methods=["POST"], response_model=HaltedView, operation_id="cancel_task"
    )
    return router


def _refused(body: dict[str, Any], more: dict[str, str]) -> OutcomeView:
    """Return the body of an error as what came of one task of many."""
    said = body["error"]
    return OutcomeView(error=RefusedView(code=said["code"], message=said["message"], details=said["details"] | more))


def _fault_of_ours(request_id: str) -> OutcomeView:
    """Log the fault that is being handled. One task's is no reason to lose the others."""
    _log.exception("task.fault", request=request_id)
    return _refused(fault_body(request_id), {"request_id": request_id})


def _waits(run: Run | None) -> bool:
    return run is not None and run.state is RunState.WAITING


async def _wish(body: NewTask, house: House) -> Wish:
    """Return a request as the engine takes it; issue and repository are looked up.

    Raises:
        InvalidRequest: The request is empty, or the path is not absolute.
        RepositoryUnusable: There is no usable repository.
        RevisionNotFound: The base does not exist.
    """
    issue = await _issue(body, house)
    if not issue.text.strip():
        raise InvalidRequest("the request is empty", hint="Say what is wrong, best with one example and its result.")
    if not body.is_usable_place:
        raise InvalidRequest(
            f"{body.repository!r} is no absolute path", hint="Give the repository's whole path, or its https address."
        )
    repository, base, _ = await open_source(
        house.cloneable(body.repository), body.base, repositories=house.repositories
    )
    return Wish(
        text=issue.text,
        source=issue.source,
        repository=repository,
        base=base,
        kind=body.kind,
        environment=EnvironmentRequest(
            setup_command=body.setup_command,
            test_command=body.test_command,
            interpreter=body.python,
            consent=Consent.GIVEN if body.may_install else Consent.NOT_GIVEN,
        ),
        origin=issue.origin,
        has_model=house.has_models and not body.offline,
        stops_at_plan=body.stops_at_plan,
        budget_usd=body.budget_usd,
        priority=body.priority,
    )


async def _issue(body: NewTask, house: House) -> FetchedIssue:
    words = body.request.strip()
    is_address = words.startswith(("http://", "https://")) and len(words.split()) == 1
    if is_address:
        return await house.fetch_issue(words)
    return FetchedIssue(body.request, SOURCE, Origin(body.origin))
