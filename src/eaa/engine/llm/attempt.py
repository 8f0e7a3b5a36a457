"""One try at one model: room reserved, a place in the provider's queue, the call, and what it used."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
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
from eaa.engine.llm.place import settle_rates, wait_for_rates
from eaa.engine.llm.prompt_size import PromptSize, bytes_of, text_bytes

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


async def complete_once(ask: Ask, turn: Turn, bill: Bill, *, size: PromptSize, desk: LlmDesk) -> Completion:
    """Return the answer of one model; `bill` is filled in, whatever comes of it.

    Raises:
        ModelFault: The call failed; what it may have cost is booked.
        BudgetExhausted: Nothing was sent.
    """
    async with _Billed(ask, turn, bill, size, desk) as request:
        completion = await desk.models.complete(request, turn.route)
        bill.outcome, bill.usage, bill.said_bytes = ANSWERED, completion.usage, text_bytes(completion.parts)
    if completion.rates is not None:
        desk.rates.learn(turn.key_name, completion.rates, now_s=desk.clock.monotonic_s())
    return completion


async def embed_once(
    texts: tuple[str, ...], ask: Ask, turn: Turn, bill: Bill, *, size: PromptSize, desk: LlmDesk
) -> Embeddings:
    """Return one model's vectors; `ask` stands for the texts, and `bill` is filled in, whatever comes of it.

    Raises:
        ModelFault: The call failed; what it may have cost is booked.
        BudgetExhausted: Nothing was sent.
    """
    async with _Billed(ask, turn, bill, size, desk):
        embeddings = await desk.models.embed(texts, turn.route)
        bill.outcome, bill.usage = ANSWERED, embeddings.usage
    return embeddings


async def stream_once(
    ask: Ask, turn: Turn, bill: Bill, *, size: PromptSize, desk: LlmDesk
) -> AsyncGenerator[CompletionEvent, None]:
    """Yield one model's events; `bill` is filled in when the generator ends or is closed.

    Raises:
        ModelFault: The call failed; what it may have cost is booked.
        BudgetExhausted: Nothing was sent.
    """
    async with (
        _Billed(ask, turn, bill, size, desk) as request,
        aclosing(desk.models.stream(request, turn.route)) as events,
    ):
        async for event in events:
            if isinstance(event, Started) and event.rates is not None:
                desk.rates.learn(turn.key_name, event.rates, now_s=desk.clock.monotonic_s())
            _note(event, bill)
            yield event


@dataclass(slots=True)
class _Billed:
    """Reserves room, waits for a place and gives the request that fits; books what it used, whatever came of it.

    A class and no generator, because every call to a model passes here.
    """

    ask: Ask
    turn: Turn
    bill: Bill
    size: PromptSize
    desk: LlmDesk
    _fare: Fare = field(init=False)
    _started_s: float = field(init=False)

    async def __aenter__(self) -> CompletionRequest:
        turn, desk = self.turn, self.desk
        self._fare = await reserve_fare(self.ask, turn.route.model, self.size, desk=desk)
        self._started_s = desk.clock.monotonic_s()
        provider = turn.route.provider
        try:
            if not desk.rates.is_free(turn.key_name, provider):
                fare = self._fare
                tokens = fare.prompt_tokens + (fare.request.max_output_tokens or 0)
                await wait_for_rates(self.ask, turn, tokens=tokens, desk=desk)
                self.bill.taken_tokens = tokens
            await desk.gates.enter(
                turn.key_name,
                provider,
                run=self.ask.run,
                organisation=self.ask.account.organisation_id,
                is_batch=self.ask.is_batch,
            )
        except BaseException as error:
            if isinstance(error, ModelFault):
                self.bill.outcome = error.code
            await self._close()
            raise
        self.bill.was_sent = True
        return self._fare.request

    async def __aexit__(self, kind: object, error: BaseException | None, _: object) -> None:
        provider, organisation = self.turn.route.provider, self.ask.account.organisation_id
        self.desk.gates.leave(self.turn.key_name, provider, organisation=organisation)
        if isinstance(error, ModelFault):
            self.bill.outcome = error.code
            self.bill.was_sent = _may_cost(error) or self.bill.said_bytes > 0
        await self._close()

    async def _close(self) -> None:
        seconds = self.desk.clock.monotonic_s() - self._started_s
        await _close(self.bill, self._fare, self.ask, self.turn, seconds=seconds, desk=self.desk)


def _note(event: CompletionEvent, bill: Bill) -> None:
    match event:
        case TextDelta() | ReasoningDelta():
            bill.said_bytes += bytes_of(event.text)
        case ToolCallDelta():
            bill.said_bytes += bytes_of(event.arguments_json) + len(event.name)
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
        desk.tokens.learn(fare.size, model=model.name, prompt_tokens=usage.prompt_tokens)
    if bill.taken_tokens is not None:
        await settle_rates(turn, taken_tokens=bill.taken_tokens, used_tokens=usage.total_tokens, desk=desk)
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
