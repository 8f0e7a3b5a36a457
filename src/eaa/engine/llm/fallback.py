"""From one model to the next until one answers, budget, sensitivity and ability checked again each time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from eaa.domain.ask import Answer, Ask, Attempt
from eaa.domain.completion import Completion
from eaa.domain.model import Model
from eaa.domain.model_errors import (
    AllModelsFailed,
    BudgetExhausted,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelsResting,
    OutOfCredit,
)
from eaa.engine.llm.attempt import ANSWERED, Bill, complete_once
from eaa.engine.llm.course import Course, Turn
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.health import model_subject
from eaa.engine.llm.prompt_size import PromptSize, measure

T = TypeVar("T")

_TELLING = (ContextTooLong, ContentFiltered, OutOfCredit, KeyRefused)
"""Failures that a caller can do something about; they are raised as they are, not buried among others."""


@dataclass(slots=True)
class Journey:
    """What one ask has been through so far."""

    ask: Ask
    desk: LlmDesk
    course: Course
    size: PromptSize
    deadline_s: float
    """On the monotonic clock."""
    attempts: list[Attempt] = field(default_factory=list)
    failures: list[ModelFault] = field(default_factory=list)
    exhausted: BudgetExhausted | None = None

    async def next_turn(self) -> Turn:
        """Return the next model and key to try, waiting for one when everything is out of order for the moment.

        Raises:
            ModelFault: Nothing is left to try, or it would take longer than our patience.
            BudgetExhausted: No model that is left fits the budget.
        """
        while True:
            turn = await self.course.next_turn()
            if turn is not None:
                return turn
            left_s = self.deadline_s - self.desk.clock.monotonic_s()
            if self.course.is_over or left_s <= 0 or not await self.course.wait_for_next_round(patience_s=left_s):
                raise self.last_word() from (self.failures[-1] if self.failures else None)

    async def failed(self, turn: Turn, fault: ModelFault, bill: Bill, *, seconds: float) -> None:
        """Note a failed try and draw the consequences."""
        fault.model = fault.model or turn.route.model.name
        self.failures.append(fault)
        self.attempts.append(Attempt(turn.route.model.name, fault.code, seconds, bill.cost_microusd or 0))
        await self.course.failed(turn, fault)

    def too_dear(self, model: Model, error: BudgetExhausted) -> None:
        """Note that the budget has no room for a model; a cheaper one may still fit."""
        self.exhausted = error
        self.course.rule_out(model)

    async def worked(self, turn: Turn, bill: Bill, *, seconds: float) -> None:
        """Note the try that answered."""
        self.attempts.append(Attempt(turn.route.model.name, ANSWERED, seconds, bill.cost_microusd or 0))
        await self.desk.health.worked(model_subject(turn.route.model.name))

    def last_word(self) -> ModelFault | BudgetExhausted:
        """Return the error to raise when nothing is left."""
        for failure in reversed(self.failures):
            if isinstance(failure, _TELLING):
                return failure
        if self.exhausted is not None and not self.failures:
            return self.exhausted
        if self.course.keyless and not self.failures:
            return self.course.keyless[0]
        if len(self.failures) == 1:
            return self.failures[0]
        if not self.failures and not self.course.is_over:
            return ModelsResting(resting=self.course.resting())
        return AllModelsFailed(failures=tuple(self.failures))


def set_out(ask: Ask, desk: LlmDesk) -> Journey:
    """Return the journey of an ask before its first try.

    Raises:
        NoModel: No model may take it.
    """
    size = measure(ask.request)
    choice = desk.choices.choose(ask, size)
    deadline_s = desk.clock.monotonic_s() + desk.patience_s
    course = Course(
        desk,
        choice.models,
        size=size,
        output_tokens=ask.request.max_output_tokens or 0,
        run=ask.run,
        is_batch=ask.is_batch,
        deadline_s=deadline_s,
    )
    return Journey(ask, desk, course, size, deadline_s)


async def complete(ask: Ask, *, desk: LlmDesk) -> Answer:
    """Return the first answer that a fitting model gives.

    Raises:
        NoModel: No model may take the ask.
        BudgetExhausted: No fitting model is within the budget.
        ModelFault: Everything that may be tried failed; an error the caller can act on comes as it is, else
            `AllModelsFailed`.
    """
    journey = set_out(ask, desk)

    async def once(turn: Turn, bill: Bill) -> Completion:
        return await complete_once(ask, turn, bill, size=journey.size, desk=desk)

    completion, turn, bill = await travel(journey, once)
    return Answer(completion, turn.route.model.name, bill.cost_microusd, attempts=tuple(journey.attempts))


async def travel(journey: Journey, once: Callable[[Turn, Bill], Awaitable[T]]) -> tuple[T, Turn, Bill]:
    """Try turn after turn until one works; raises what `Journey.next_turn` raises."""
    desk = journey.desk
    while True:
        turn = await journey.next_turn()
        bill = Bill()
        started_s = desk.clock.monotonic_s()
        try:
            result = await once(turn, bill)
        except BudgetExhausted as error:
            journey.too_dear(turn.route.model, error)
        except ModelFault as fault:
            await journey.failed(turn, fault, bill, seconds=desk.clock.monotonic_s() - started_s)
        except BaseException:
            desk.health.gave_up(model_subject(turn.route.model.name))
            raise
        else:
            await journey.worked(turn, bill, seconds=desk.clock.monotonic_s() - started_s)
            return result, turn, bill
