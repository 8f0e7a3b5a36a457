"""One answer of the model: streamed, within its deadline, or why there is none."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from eaa.domain.ask import Ask
from eaa.domain.completion import Completion, CompletionRequest, Message, TokenUsage, ToolCall
from eaa.domain.model_errors import AllModelsFailed, BudgetExhausted, ContextTooLong, ModelFault, SecretInPrompt
from eaa.domain.transcript import Compacted, Ended, EndReason, Replied
from eaa.engine.agent.compacting import compacted
from eaa.engine.agent.job import AgentPorts, Job
from eaa.engine.agent.reading import Reading
from eaa.engine.brief import estimate_tokens
from eaa.engine.llm.assembly import Assembly

_SMALLER = 0.5
"""Of a prompt that did not fit, what is kept."""


async def ask_model(reading: Reading, job: Job, ports: AgentPorts) -> Replied | Compacted | Ended:
    """Return the model's answer; or what makes room for one; or why there will be none."""
    messages = reading.history.messages()
    ask = _ask(messages, reading, job)
    try:
        size = ports.orchestrator.count_tokens(ask)
        if size > job.limits.context_tokens:
            shorter = await _shorter(reading, job, ports, most_tokens=job.limits.context_tokens)
            if shorter is not None:
                return shorter
        return await _streamed(ask, reading, job, ports)
    except BudgetExhausted as exhausted:
        return Ended(EndReason.LIMIT, str(exhausted))
    except SecretInPrompt as secret:
        return Ended(EndReason.FAULT, str(secret))
    except ModelFault as fault:
        shorter = None
        if _is_too_long(fault):
            size = ports.orchestrator.count_tokens(ask)
            shorter = await _shorter(reading, job, ports, most_tokens=int(size * _SMALLER))
        return shorter or Ended(EndReason.FAULT, str(fault))


def _ask(messages: tuple[Message, ...], reading: Reading, job: Job) -> Ask:
    opened = reading.begun()
    request = CompletionRequest(messages, tools=opened.tools, max_output_tokens=job.limits.answer_tokens)
    return Ask(
        request,
        account=job.account,
        role=job.role,
        kind=job.kind,
        model=opened.model,
        prompt_sha256=opened.prompt_sha256,
        # An answer kept from another run would make two runs one.
        is_cached=False,
    )


async def _streamed(ask: Ask, reading: Reading, job: Job, ports: AgentPorts) -> Replied | Ended:
    clock, limits = ports.desk.clock, job.limits
    left_s = limits.wall_s - reading.usage.used(now=clock.now()).wall_s
    assembly, started_s = Assembly(), clock.monotonic_s()
    try:
        async with asyncio.timeout(max(0.0, min(left_s, limits.answer_s))):
            async with aclosing(ports.orchestrator.stream(ask)) as events:
                async for event in events:
                    assembly.add(event)
    except TimeoutError:
        if left_s <= limits.answer_s:
            return Ended(EndReason.LIMIT, f"{limits.wall_s:.0f} s of work")
        return Ended(EndReason.FAULT, f"the model's answer was not whole after {limits.answer_s:.0f} s")
    settled = assembly.settled
    if not assembly.is_finished or settled is None:
        return Ended(EndReason.FAULT, "the model's answer ended before its end")
    completion = assembly.completion()
    is_estimated = completion.usage is None
    if completion.usage is None:
        completion = replace(completion, usage=_estimate(ask, completion, ports))
    return Replied(
        completion=replace(completion, rates=None),
        model=settled.model,
        cost_microusd=settled.cost_microusd,
        seconds=clock.monotonic_s() - started_s,
        is_estimated=is_estimated,
    )


def _estimate(ask: Ask, completion: Completion, ports: AgentPorts) -> TokenUsage:
    said = [part.arguments_json if isinstance(part, ToolCall) else part.text for part in completion.parts]
    return TokenUsage(input_tokens=ports.orchestrator.count_tokens(ask), output_tokens=estimate_tokens("".join(said)))


def _is_too_long(fault: ModelFault) -> bool:
    if isinstance(fault, AllModelsFailed):
        return any(isinstance(one, ContextTooLong) for one in fault.failures)
    return isinstance(fault, ContextTooLong)


async def _shorter(reading: Reading, job: Job, ports: AgentPorts, *, most_tokens: int) -> Compacted | None:
    def measure(messages: Sequence[Message]) -> int:
        return ports.orchestrator.count_tokens(_ask(tuple(messages), reading, job)) if messages else 0

    return await compacted(reading, most_tokens=most_tokens, measure=measure, summarise=ports.summarise)
