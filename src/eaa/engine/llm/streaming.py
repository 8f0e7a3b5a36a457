"""A streamed answer that outlives the model that began it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from eaa.domain.ask import Ask, OrchestratedEvent, Settled
from eaa.domain.completion import Finished, Restarted, Started, TextDelta
from eaa.domain.model_errors import BudgetExhausted, ModelFault
from eaa.engine.llm.attempt import ANSWERED, Bill, stream_once
from eaa.engine.llm.course import Turn
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.fallback import Journey, set_out
from eaa.engine.llm.health import model_subject
from eaa.engine.llm.prompt_size import measure
from eaa.engine.llm.takeover import Said, Seam, can_continue, continued
from eaa.ports.orchestrator import Takeover


async def stream(ask: Ask, *, takeover: Takeover, desk: LlmDesk) -> AsyncGenerator[OrchestratedEvent, None]:
    """Yield `Started`, deltas, `Finished`, `Settled`; no words come twice without a `Restarted` between.

    After a `Restarted` there is another `Started`, of the model that goes on.

    Raises:
        NoModel: No model may take the ask.
        BudgetExhausted: No fitting model is within the budget.
        ModelFault: Everything that may be tried failed, or the answer broke where it cannot be taken over.
    """
    journey = set_out(ask, desk)
    said = Said()
    while True:
        turn = await journey.next_turn()
        bill = Bill()
        started_s = desk.clock.monotonic_s()
        try:
            async with aclosing(_one_try(journey, turn, bill, said)) as events:
                async for event in events:
                    yield event
        except BudgetExhausted as error:
            journey.too_dear(turn.route.model, error)
        except ModelFault as fault:
            await journey.failed(turn, fault, bill, seconds=desk.clock.monotonic_s() - started_s)
            if said.is_anything and takeover is Takeover.RESTART:
                said.take_back()
                yield Restarted(because=fault.code)
            elif said.is_anything and not (takeover is Takeover.CONTINUE and can_continue(ask, said)):
                raise
        except BaseException:
            if bill.outcome == ANSWERED:  # The caller had the whole answer, and left.
                await desk.health.worked(model_subject(turn.route.model.name))
            desk.health.gave_up(model_subject(turn.route.model.name))
            raise
        else:
            await journey.worked(turn, bill, seconds=desk.clock.monotonic_s() - started_s)
            yield Settled(turn.route.model.name, bill.cost_microusd, attempts=tuple(journey.attempts))
            return


async def _one_try(journey: Journey, turn: Turn, bill: Bill, said: Said) -> AsyncGenerator[OrchestratedEvent, None]:
    """Yield what one model adds for the caller."""
    so_far = said.text
    ask = continued(journey.ask, said) if so_far else journey.ask
    seam = Seam(so_far) if so_far else None
    size = measure(ask.request) if so_far else journey.size
    begun: Started | None = None
    async with aclosing(stream_once(ask, turn, bill, size=size, desk=journey.desk)) as events:
        async for event in events:
            if isinstance(event, Started):
                # Held back until there is a word: who fails before the first one has not begun the answer.
                begun = event
                continue
            if begun is not None:
                journey.desk.health.spoke(model_subject(turn.route.model.name))
                if not said.is_started:
                    said.is_started = True
                    yield begun
                begun = None
            match event:
                case TextDelta() if seam is not None:
                    text = seam.pass_on(event.text)
                    if text:
                        said.say(text)
                        yield TextDelta(text)
                    continue
                case Finished() if seam is not None:
                    text = seam.rest()
                    if text:
                        said.say(text)
                        yield TextDelta(text)
                case _:
                    pass
            said.note(event)
            yield event
