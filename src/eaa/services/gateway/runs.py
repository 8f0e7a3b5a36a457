"""`/v1/runs`: attempts at tasks, and what people tell them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.run import Run, RunState
from eaa.engine.codec import encode
from eaa.engine.directives import OVER, tell_in
from eaa.engine.intake import order_of
from eaa.engine.run_queue import RUNS_TOPIC, queue_waiting_in
from eaa.engine.tasks import evidence_of, tell_story
from eaa.engine.waiting import waiting_of
from eaa.ports.store import Session
from eaa.services.gateway.bodies import Words
from eaa.services.gateway.errors import NotNow, NotThere
from eaa.services.gateway.halts import halt_once
from eaa.services.gateway.house import House
from eaa.services.gateway.pages import Cursor, Limit, page_of
from eaa.services.gateway.sending import send, send_once
from eaa.services.gateway.views import (
    HaltedView,
    Page,
    RunStoryView,
    RunView,
    ToldView,
    run_view,
    story_view,
)


@dataclass(frozen=True, slots=True)
class _Routes:
    house: House

    async def list(
        self,
        request: Request,
        state: Annotated[list[RunState] | None, Query(description="Only runs in one of these states.")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """List runs, the newest first."""
        states = frozenset(state or RunState)
        before = RunId(cursor) if cursor else None
        async with self.house.views.store.begin() as session:
            runs = await session.runs.newest(DEFAULT_ORGANISATION, states=states, limit=limit + 1, before=before)
        return send(request, page_of([run_view(run) for run in runs], [run.id for run in runs], limit=limit))

    async def show(self, request: Request, run: str) -> Response:
        """Show everything about a run."""
        desk = self.house.views
        async with desk.store.begin() as session:
            found = await session.runs.get(RunId(run))
            waiting = await waiting_of(session, found) if found.state is RunState.WAITING else None
        return send(request, story_view(await tell_story(found, desk=desk), waiting))

    async def evidence(self, run: str) -> Response:
        """Return the run's `evidence.json`, as `eaa verify` takes it."""
        desk = self.house.views
        async with desk.store.begin() as session:
            found = await session.runs.get(RunId(run))
            steps = await session.steps.of_run(found.id)
        evidence = await evidence_of(steps, desk.blobs)
        if evidence is None:
            raise NotThere(f"run {run} has no evidence ({found.state})", hint="It is there when a change was verified.")
        return Response(encode(evidence), media_type="application/json")

    async def diff(self, run: str) -> PlainTextResponse:
        """Return the change as a unified diff, bounded to 200 kB."""
        house = self.house
        async with house.views.store.begin() as session:
            found = await session.runs.get(RunId(run))
            order = await order_of(session, found.id)
        if found.head_commit is None:
            raise NotThere(f"run {run} has no change yet ({found.state})")
        text = await house.repositories.diff_text(order.repository, order.base, found.head_commit)
        return PlainTextResponse(text, media_type="text/x-diff")

    async def say(self, request: Request, run: str, body: Words) -> Response:
        """Put words for the model down; it hears them before its next turn."""
        return await send_once(request, self.house, lambda session: self._tell(session, run, body.text))

    async def stop(self, request: Request, run: str) -> Response:
        """Stop a run for good, and answer when nothing of it works any more."""
        return await halt_once(request, self.house, Halt.STOPPED, lambda: self._stored(run))

    async def pause(self, request: Request, run: str) -> Response:
        """Let a run wait, and answer when nothing of it works any more."""
        return await halt_once(request, self.house, Halt.PAUSED, lambda: self._stored(run))

    async def resume(self, request: Request, run: str) -> Response:
        """Queue a run that waits, was paused or has failed; a question that it asked stays without an answer."""

        async def work(session: Session) -> ToldView:
            queued = await queue_waiting_in(session, RunId(run), desk=self.house.desk)
            return ToldView(task=queued.task_id, run=queued.id, state=queued.state)

        try:
            answer = await send_once(request, self.house, work)
        except InvalidRequest as error:
            raise NotNow(str(error), hint=error.hint) from error
        await self.house.signals.ring(RUNS_TOPIC)
        return answer

    async def _tell(self, session: Session, run: str, text: str) -> ToldView:
        if not text.strip():
            raise InvalidRequest("there is nothing to say", hint="Give a `text` with words in it.")
        told = await tell_in(session, RunId(run), DirectiveKind.SAY, text, desk=self.house.desk)
        if told.state in OVER:
            raise NotNow(f"run {run} is over ({told.state})", hint="Say it in a new task.")
        return ToldView(task=told.task_id, run=told.id, state=told.state)

    async def _stored(self, run: str) -> Run:
        async with self.house.desk.store.begin() as session:
            return await session.runs.get(RunId(run))


def runs_router(house: House) -> APIRouter:
    """Return the routes."""
    routes, router = _Routes(house), APIRouter(prefix="/v1/runs", tags=["runs"])
    add = router.add_api_route
    add("", routes.list, methods=["GET"], response_model=Page[RunView], operation_id="list_runs")
    add("/{run}", routes.show, methods=["GET"], response_model=RunStoryView, operation_id="show_run")
    add("/{run}/evidence", routes.evidence, methods=["GET"], operation_id="show_evidence")
    add("/{run}/diff", routes.diff, methods=["GET"], response_class=PlainTextResponse, operation_id="show_diff")
    add("/{run}/say", routes.say, methods=["POST"], response_model=ToldView, operation_id="say")
    add("/{run}/stop", routes.stop, methods=["POST"], response_model=HaltedView, operation_id="stop_run")
    add("/{run}/pause", routes.pause, methods=["POST"], response_model=HaltedView, operation_id="pause_run")
    add("/{run}/resume", routes.resume, methods=["POST"], response_model=ToldView, operation_id="resume_run")
    return router
