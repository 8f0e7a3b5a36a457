"""`/v1/approvals` and `/v1/questions`: what waits for a person, and what the person says to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import RunId
from eaa.domain.run import RunState
from eaa.engine.approvals import approve_in
from eaa.engine.directives import record_halt, tell_in
from eaa.engine.planning import plan_lines, subject_of
from eaa.engine.run_queue import RUNS_TOPIC, queue_waiting_in
from eaa.engine.tasks import tell_story
from eaa.engine.waiting import Waiting, Wanted, plan_of, waiting_of, waiting_runs
from eaa.ports.store import Session
from eaa.services.gateway.bodies import Answer, Decision
from eaa.services.gateway.errors import NotNow, NotThere
from eaa.services.gateway.house import House
from eaa.services.gateway.pages import MOST, page_of
from eaa.services.gateway.sending import kept, send, send_once
from eaa.services.gateway.views import ApprovalView, Page, QuestionView, ToldView, WaitingQuestionView

_APPROVAL, _QUESTION = "apr_", "qst_"
_YES = (Wanted.PLAN, Wanted.COMMIT)


@dataclass(frozen=True, slots=True)
class _Routes:
    house: House

    async def approvals(self, request: Request) -> Response:
        """List what waits for a yes, the longest wait first."""
        desk = self.house.views
        async with desk.store.begin() as session:
            waiting = [one for one in await waiting_runs(session) if one.wanted in _YES and one.subject is not None]
        views = [await self._approval(one) for one in waiting[:MOST]]
        return send(request, page_of(views, [one.id for one in views], limit=MOST))

    async def decide(self, request: Request, approval: str, body: Decision) -> Response:
        """Say yes or no. After a yes the run goes on as soon as somebody can; a no stops it for good."""
        again = await kept(request, self.house)
        if again is not None:
            return again
        answer = await send_once(request, self.house, lambda session: self._decide(session, approval, body))
        await self.house.signals.ring(RUNS_TOPIC)
        return answer

    async def questions(self, request: Request) -> Response:
        """List the questions that wait for an answer, the longest wait first."""
        desk = self.house.views
        async with desk.store.begin() as session:
            waiting = [one for one in await waiting_runs(session) if one.wanted is Wanted.ANSWER]
        views = [await self._question(one) for one in waiting]
        return send(request, page_of(views[:MOST], [one.id for one in views], limit=MOST))

    async def answer(self, request: Request, question: str, body: Answer) -> Response:
        """Answer; the run goes on with it as soon as somebody can."""
        again = await kept(request, self.house)
        if again is not None:
            return again
        answer = await send_once(request, self.house, lambda session: self._answer(session, question, body))
        await self.house.signals.ring(RUNS_TOPIC)
        return answer

    async def _decide(self, session: Session, approval: str, body: Decision) -> ToldView:
        waiting = await _waiting(session, approval, _APPROVAL, _YES)
        run, subject = waiting.run, waiting.subject or ""
        if not subject.startswith(body.subject):
            raise NotNow(
                f"what waits is {subject[:12]}, not {body.subject[:12]}",
                hint="Look at it again: GET /v1/approvals. A yes counts for exactly what it names.",
            )
        desk = self.house.desk
        if body.decision == "decline":
            await tell_in(session, run.id, DirectiveKind.STOP, desk=desk)
            fenced = await session.runs.take_over(run.id, owner_slot="")
            ended = await record_halt(session, fenced, Halt.STOPPED, desk=desk)
            return ToldView(task=ended.task_id, run=ended.id, state=ended.state)
        if waiting.wanted is Wanted.PLAN:
            await tell_in(session, run.id, DirectiveKind.APPROVE, subject, desk=desk)
        queued = await queue_waiting_in(session, run.id, desk=desk)
        if waiting.wanted is Wanted.COMMIT:
            await approve_in(session, subject, run=queued, desk=desk)
        return ToldView(task=queued.task_id, run=queued.id, state=queued.state)

    async def _answer(self, session: Session, question: str, body: Answer) -> ToldView:
        if not body.text.strip():
            raise InvalidRequest("the answer is empty", hint="Answer in words, best with one of the options.")
        waiting = await _waiting(session, question, _QUESTION, (Wanted.ANSWER,))
        kind = DirectiveKind.ANSWER if body.is_members else DirectiveKind.OUTSIDE_ANSWER
        await tell_in(session, waiting.run.id, kind, body.text, desk=self.house.desk)
        queued = await queue_waiting_in(session, waiting.run.id, desk=self.house.desk)
        return ToldView(task=queued.task_id, run=queued.id, state=queued.state)

    async def _approval(self, waiting: Waiting) -> ApprovalView:
        run = waiting.run
        subject, text = waiting.subject or "", waiting.hint
        if waiting.wanted is Wanted.PLAN:
            plan = await plan_of(run.id, store=self.house.views.store, blobs=self.house.desk.blobs)
            # Of what is shown, also when another plan has come meanwhile: a yes counts for what somebody saw.
            subject, text = subject_of(plan), "\n".join(plan_lines(plan))
        return ApprovalView(
            id=_name(run.id, _APPROVAL),
            task=run.task_id,
            run=run.id,
            kind=waiting.wanted,
            subject=subject,
            text=text,
            since=waiting.since,
        )

    async def _question(self, waiting: Waiting) -> WaitingQuestionView:
        story = await tell_story(waiting.run, desk=self.house.views)
        asked = [QuestionView(text=one.text, options=list(one.options), because=one.because) for one in story.questions]
        run = waiting.run
        return WaitingQuestionView(
            id=_name(run.id, _QUESTION), task=run.task_id, run=run.id, questions=asked, since=waiting.since
        )


def waiting_router(house: House) -> APIRouter:
    """Return the routes."""
    routes, router = _Routes(house), APIRouter(prefix="/v1")
    add = router.add_api_route
    add("/approvals", routes.approvals, methods=["GET"], response_model=Page[ApprovalView], tags=["approvals"],
        operation_id="list_approvals")  # fmt: skip
    add("/approvals/{approval}", routes.decide, methods=["POST"], response_model=ToldView, tags=["approvals"],
        operation_id="decide")  # fmt: skip
    add("/questions", routes.questions, methods=["GET"], response_model=Page[WaitingQuestionView], tags=["questions"],
        operation_id="list_questions")  # fmt: skip
    add("/questions/{question}/answer", routes.answer, methods=["POST"], response_model=ToldView, tags=["questions"],
        operation_id="answer")  # fmt: skip
    return router


async def _waiting(session: Session, name: str, prefix: str, wanted: Sequence[Wanted]) -> Waiting:
    """Return what waits under a name.

    Raises:
        NotThere: Nothing was ever called that.
        NotNow: It does not wait any more.
    """
    if not name.startswith(prefix):
        raise NotThere(f"{name!r} is no id of these", hint=f"Ids begin with {prefix}, as the list says them.")
    run = await session.runs.get(RunId(f"run_{name.removeprefix(prefix)}"))
    waiting = await waiting_of(session, run) if run.state is RunState.WAITING else None
    if waiting is None or waiting.wanted not in wanted:
        raise NotNow(f"{name} does not wait any more ({run.state})", hint=f"GET /v1/runs/{run.id} says how it stands.")
    return waiting


def _name(run_id: RunId, prefix: str) -> str:
    """Return the name of what a run waits for: it waits for one thing at a time."""
    return prefix + run_id.removeprefix("run_")
