"""One try at one model: room reserved, a place in the provider's queue, the call, and what it used."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from eaa.domain.ask import Ask
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    CompletionRequest,
    Embeddings,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    TokenUsage,
    ToolCallDelta,
)
from eaa.domain.model_errors import AnswerEmpty, AnswerMalformed, ModelFault, ModelTimeout, StreamCut
from eaa.domain.model_usage import ModelUsage
from eaa.engine.llm.course import Turn
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.fare import Fare, reserve_fare, settle_fare
from eaa.engine.llm.tokens import text_bytes

CANCELLED = "cancelled"
ANSWERED = "answered"


@dataclass(slots=True)
class Bill:
    """What came of a try, for usage and budgets."""

    outcome: str = CANCELLED
    """Until something else is known: whoever waited has gone."""
    usage: TokenUsage | None = None
    said_bytes: int = 0
    """Of an answer whose usage the provider did not tell."""
    was_sent: bool = False
    taken_tokens: int | None = None
    """What the call took of its key's token limit; None: it did not get so far."""
    cost_microusd: int | None = field(default=None)


async def complete_once(ask: Ask, turn: Turn, bill: Bill, *, prompt_tokens: int, desk: LlmDesk) -> Completion:
    """Return the answer of one model; `bill` is filled in, whatever comes of it.

    Raises:
        ModelFault: The call failed; what it may have cost is booked.
        BudgetExhausted: Nothing was sent.
    """
    async with _billed(ask, turn, bill, prompt_tokens=prompt_tokens, desk=desk) as request:
        completion = await desk.models.complete(request, turn.route)
        bill.outcome, bill.usage, bill.said_bytes = ANSWERED, completion.usage, text_bytes(completion.parts)
    if completion.rates is not None:
        desk.rates.learn(turn.key_name, completion.rates, now_s=desk.clock.monotonic_s())
    return completion


async def embed_once(
    texts: tuple[str, ...], ask: Ask, turn: Turn, bill: Bill, *, prompt_tokens: int, desk: LlmDesk
) -> Embeddings:
    """Return one model's vectors; `ask` stands for the texts, and `bill` is filled in, whatever comes of it.

    Raises:
        ModelFault: The call failed; what it may have cost is booked.
        BudgetExhausted: Nothing was sent.
    """
    async with _billed(ask, turn, bill, prompt_tokens=prompt_tokens, desk=desk):
        embeddings = await desk.models.embed(texts, turn.route)
        bill.outcome, bill.usage = ANSWERED, embeddings.usage
    return embeddings


async def stream_once(
    ask: Ask, turn: Turn, bill: Bill, *, prompt_tokens: int, desk: LlmDesk
) -> AsyncGenerator[CompletionEvent, None]:
    """Yield one model's events; `bill` is filled in when the generator ends or is closed.

    Raises:
        ModelFault: The call failed; what it may have cost is booked.
        BudgetExhausted: Nothing was sent.
    """
    async with (
        _billed(ask, turn, bill, prompt_tokens=prompt_tokens, desk=desk) as request,
        aclosing(desk.models.stream(request, turn.route)) as events,
    ):
        async for event in events:
            if isinstance(event, Started) and event.rates is not None:
                desk.rates.learn(turn.key_name, event.rates, now_s=desk.clock.monotonic_s())
            _note(event, bill)
            yield event


@asynccontextmanager
async def _billed(
    ask: Ask, turn: Turn, bill: Bill, *, prompt_tokens: int, desk: LlmDesk
) -> AsyncIterator[CompletionRequest]:
    """Reserve room and wait for a place; yield the request that fits; book what it used, whatever came of it."""
    fare = await reserve_fare(ask, turn.route.model, prompt_tokens=prompt_tokens, desk=desk)
    started_s = desk.clock.monotonic_s()
    at_once = turn.route.provider.parallel_requests
    try:
        if not desk.rates.is_free(turn.key_name, turn.route.provider):
            await _wait_for_rates(ask, turn, bill, fare, desk=desk)
        async with desk.gates.passing(turn.key_name, at_once=at_once, run=run_of(ask), is_batch=ask.is_batch):
            bill.was_sent = True
            yield fare.request
    except ModelFault as fault:
        bill.outcome, bill.was_sent = fault.code, _may_cost(fault) or bill.said_bytes > 0
        raise
    finally:
        await _close(bill, fare, ask, turn, seconds=desk.clock.monotonic_s() - started_s, desk=desk)


async def _wait_for_rates(ask: Ask, turn: Turn, bill: Bill, fare: Fare, *, desk: LlmDesk) -> None:
    """Take what the call needs of its key's limits a minute, once they have room."""
    key, tokens = turn.key_name, fare.prompt_tokens + (fare.request.max_output_tokens or 0)
    if not desk.rates.take_at_once(key, turn.route.provider, tokens=tokens, now_s=desk.clock.monotonic_s()):
        await desk.rates.wait(
            key, tokens=tokens, run=run_of(ask), is_batch=ask.is_batch, clock=desk.clock, sleep=desk.sleep
        )
    bill.taken_tokens = tokens


def _note(event: CompletionEvent, bill: Bill) -> None:
    match event:
        case TextDelta() | ReasoningDelta():
            bill.said_bytes += len(event.text.encode(errors="replace"))
        case ToolCallDelta():
            bill.said_bytes += len(event.arguments_json.encode(errors="replace")) + len(event.name)
        case Finished():
            bill.outcome, bill.usage = ANSWERED, event.usage
        case _:
            pass


def _may_cost(fault: ModelFault) -> bool:
    """Return whether the provider may have worked, and so been paid, before the call failed."""
    if isinstance(fault, ModelTimeout):
        return fault.phase != "connection"
    # A provider that answered with something else than an answer, or with nothing, may count it all the same.
    return isinstance(fault, StreamCut | AnswerMalformed | AnswerEmpty)


async def _close(bill: Bill, fare: Fare, ask: Ask, turn: Turn, *, seconds: float, desk: LlmDesk) -> None:
    model = turn.route.model
    usage = bill.usage
    is_estimated = usage is None
    if usage is None:
        said_tokens = min(bill.said_bytes, fare.request.max_output_tokens or bill.said_bytes)
        usage = (
            TokenUsage(input_tokens=fare.prompt_tokens, output_tokens=said_tokens) if bill.was_sent else TokenUsage()
        )
    elif bill.outcome == ANSWERED:
        desk.tokens.learn(ask.request, model=model.name, prompt_tokens=usage.prompt_tokens)
    if bill.taken_tokens is not None:
        desk.rates.settle(turn.key_name, taken_tokens=bill.taken_tokens, used_tokens=usage.total_tokens)
    spent = await settle_fare(fare, model, usage, desk=desk)
    bill.usage = usage
    bill.cost_microusd = spent.cost_microusd if model.prices is not None else None
    row = ModelUsage(
        id=desk.ids.new("use"),
        account=ask.account,
        model=model.name,
        role=ask.role,
        outcome=bill.outcome,
        usage=usage,
        is_estimated=is_estimated,
        cost_microusd=bill.cost_microusd,
        prompt_sha256=ask.prompt_sha256,
        seconds=seconds,
        created_at=desk.clock.now(),
    )
    await desk.usage.record(row)


def run_of(ask: Ask) -> str:
    """Return whose turn it is where calls queue: the run's, or else the user's."""
    return ask.account.run_id or ask.account.user or ""
