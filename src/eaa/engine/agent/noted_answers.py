"""Whole answers of a model, each kept in a transcript before it is used; what is there is not asked for again."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from typing_extensions import override

from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent
from eaa.domain.completion import Embeddings, Message, Text
from eaa.domain.transcript import Entry, Replied, Told, Voice
from eaa.engine.agent.transcript import Transcript
from eaa.ports.clock import Clock
from eaa.ports.orchestrator import Orchestrator, Takeover


class NotedAnswers(Orchestrator):
    """The n-th whole answer comes from the transcript when it holds n. Everything else goes straight through."""

    def __init__(self, orchestrator: Orchestrator, transcript: Transcript, clock: Clock) -> None:
        self._orchestrator = orchestrator
        self._transcript = transcript
        self._clock = clock
        self._given = 0

    @override
    async def complete(self, ask: Ask) -> Answer:
        replies = [one.entry for one in self._transcript.noted if isinstance(one.entry, Replied)]
        self._given += 1
        if self._given <= len(replies):
            known = replies[self._given - 1]
            return Answer(known.completion, known.model, known.cost_microusd)
        started_s = self._clock.monotonic_s()
        answer = await self._orchestrator.complete(ask)
        replied = Replied(
            completion=replace(answer.completion, rates=None),
            model=answer.model,
            cost_microusd=answer.cost_microusd,
            seconds=self._clock.monotonic_s() - started_s,
        )
        # From the second one on, the ask ends with what was wrong with the answer before.
        told: tuple[Entry, ...] = (Told(Voice.NUDGE, _words(ask.request.messages[-1])),) if replies else ()
        await self._transcript.append(*told, replied)
        return answer

    @override
    def stream(self, ask: Ask, *, takeover: Takeover = Takeover.RESTART) -> AsyncGenerator[OrchestratedEvent, None]:
        return self._orchestrator.stream(ask, takeover=takeover)

    @override
    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        return await self._orchestrator.embed(texts, account=account, model=model)

    @override
    def count_tokens(self, ask: Ask) -> int:
        return self._orchestrator.count_tokens(ask)


def _words(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))
