"""Each fault of a provider, met by the orchestrator: another model answers, or the right error comes."""

import socket
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from eaa.domain.completion import Finished, Restarted, TextDelta, ToolCallDelta
from eaa.domain.errors import EaaError
from eaa.domain.model_errors import (
    AnswerEmpty,
    AnswerMalformed,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    ModelUnknown,
    ModelUnreachable,
    OutOfCredit,
    RateLimited,
    RequestRefused,
    StreamCut,
)
from eaa.ports.orchestrator import Takeover
from tests.loopback.model_wire import Scripted
from tests.support.fault_world import CALM, QUICK, FaultWorld, fault_world, sampled_ask

ANSWER = Scripted(text="The second model says all of it, from the first word to the last.")
DIALECTS = ("openai", "anthropic")
WAYS = ("complete", "stream")


def closed_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class FaultCase:
    """One fault, and what it is for a caller that has no other model."""

    name: str
    error: type[ModelFault]
    server_fault: str = ""
    """One of `FAULTS` of the loopback server."""
    address: Callable[[str], str] = str
    """Makes the wrong address of the right one."""
    ends_by_deadline: bool = False
    may_cost: bool = False
    """The provider may have worked for it, so it is booked."""


FAULT_CASES = (
    FaultCase("refused connection", ModelUnreachable, address=lambda _: f"http://127.0.0.1:{closed_port()}"),
    FaultCase("name error", ModelUnreachable, address=lambda _: "http://no-such-machine.invalid"),
    FaultCase("TLS error", ModelUnreachable, address=lambda address: address.replace("http:", "https:")),
    FaultCase("instant 500", ModelOverloaded, "500"),
    FaultCase("instant 503", ModelOverloaded, "503"),
    FaultCase("429", RateLimited, "429"),
    FaultCase("429 with Retry-After", RateLimited, "429 with seconds"),
    FaultCase("429 with a date", RateLimited, "429 with a date"),
    FaultCase("401", KeyRefused, "401"),
    FaultCase("402", OutOfCredit, "402"),
    FaultCase("403", KeyRefused, "403"),
    FaultCase("404 model", ModelUnknown, "404 model"),
    FaultCase("400", RequestRefused, "400"),
    FaultCase("400 context length", ContextTooLong, "400 context length"),
    FaultCase("400 content filter", ContentFiltered, "400 content filter"),
    FaultCase("slow headers", ModelTimeout, "slow headers", ends_by_deadline=True, may_cost=True),
    FaultCase("slow first token", ModelTimeout, "slow first token", ends_by_deadline=True, may_cost=True),
    FaultCase("stall mid-stream", ModelTimeout, "stall mid-stream", ends_by_deadline=True, may_cost=True),
    FaultCase("keep-alives for ever", ModelTimeout, "keep-alives for ever", ends_by_deadline=True, may_cost=True),
    FaultCase("cut in headers", StreamCut, "cut in headers", may_cost=True),
    FaultCase("cut mid-stream", StreamCut, "cut mid-stream", may_cost=True),
    FaultCase("cut between events", StreamCut, "cut between events", may_cost=True),
    FaultCase("ended between events", StreamCut, "ended between events", may_cost=True),
    FaultCase("malformed JSON or event", AnswerMalformed, "malformed event", may_cost=True),
    FaultCase("empty answer", AnswerEmpty, "empty answer", may_cost=True),
    FaultCase("wrong content type", AnswerMalformed, "wrong content type", may_cost=True),
    FaultCase("error inside a 200", ModelOverloaded, "error inside a 200"),
)
ONLY_STREAMED = frozenset({"keep-alives for ever"})
"""Faults that a whole answer cannot have."""


@dataclass(frozen=True)
class Finding:
    """What became of one ask."""

    reaction: str
    """`failed over`, or the code of the error."""
    wrongs: tuple[str, ...] = ()


def cases(dialects: tuple[str, ...] = DIALECTS) -> list[tuple[FaultCase, str, str]]:
    """Return every fault with each dialect and way in which it can happen."""
    return [
        (case, dialect, way)
        for case in FAULT_CASES
        for dialect in dialects
        for way in WAYS
        if way == "stream" or case.name not in ONLY_STREAMED
    ]


async def with_another_model(case: FaultCase, dialect: str, way: str) -> Finding:
    """Let the first of two models have a fault and return what the caller got."""
    deadlines = QUICK if case.ends_by_deadline else CALM
    async with fault_world(dialect, first_address=case.address, deadlines=deadlines) as world:
        if case.server_fault:
            world.first.will_fail(case.server_fault)
        world.second.will_answer(ANSWER)
        heard = await _ask(world, way)
        wrongs = await world.leaks()
        if heard.error is not None:
            wrongs.append(f"{heard.error.code}: {heard.error}")
        if heard.text != ANSWER.text or not heard.is_finished:
            wrongs.append(f"the answer is {heard.text!r}, finished: {heard.is_finished}")
        if len(world.second.requests) != 1 or len(world.first.requests) > 1:
            wrongs.append(f"requests: {len(world.first.requests)} and {len(world.second.requests)}")
        booked = [(row.model, row.outcome, row.usage.total_tokens > 0) for row in await world.rows()]
        if booked != [("first", case.error.code, case.may_cost), ("second", "answered", True)]:
            wrongs.append(f"booked: {booked}")
        return Finding("failed over", tuple(wrongs))


async def alone(case: FaultCase, dialect: str, way: str) -> Finding:
    """Let the only model have a fault, with no patience, and return the error that the caller got."""
    deadlines = QUICK if case.ends_by_deadline else CALM
    async with fault_world(dialect, is_alone=True, first_address=case.address, deadlines=deadlines) as world:
        if case.server_fault:
            world.first.will_fail(case.server_fault)
        return _typed(await _ask(world, way), case, await world.leaks())


@dataclass
class Heard:
    """What a caller holds at the end."""

    text: str = ""
    calls: str = ""
    """Arguments of tool calls."""
    restarts: int = 0
    is_finished: bool = False
    error: EaaError | None = None


async def hear(world: FaultWorld, takeover: Takeover, *, heard: Heard | None = None) -> Heard:
    """Stream an ask to its end or error, as a caller does who takes words back when told to."""
    heard = heard or Heard()
    try:
        async with aclosing(world.orchestrator.stream(sampled_ask(), takeover=takeover)) as events:
            async for event in events:
                match event:
                    case TextDelta():
                        heard.text += event.text
                    case ToolCallDelta():
                        heard.calls += event.arguments_json
                    case Restarted():
                        heard.text, heard.calls, heard.restarts = "", "", heard.restarts + 1
                    case Finished():
                        heard.is_finished = True
                    case _:
                        pass
    except EaaError as error:
        heard.error = error
    return heard


async def _ask(world: FaultWorld, way: str) -> Heard:
    if way == "stream":
        return await hear(world, Takeover.RESTART)
    try:
        answer = await world.orchestrator.complete(sampled_ask())
    except EaaError as error:
        return Heard(error=error)
    return Heard(answer.completion.text, is_finished=True)


def _typed(heard: Heard, case: FaultCase, leaks: list[str]) -> Finding:
    wrongs = list(leaks)
    if type(heard.error) is not case.error:
        wrongs.append(f"{heard.error!r} and not {case.error.__name__}")
    if heard.is_finished:
        wrongs.append("a broken answer was given as a whole one")
    return Finding(heard.error.code if heard.error is not None else "no error", tuple(wrongs))
