"""The orchestrator in process: kept answers first, then models, in an order that the ask decides."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from typing_extensions import override

from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent, Settled
from eaa.domain.completion import Embeddings, TokenUsage
from eaa.domain.model_errors import NoModel
from eaa.domain.model_usage import ModelUsage
from eaa.domain.toggle import Toggle
from eaa.engine.llm.answers_kept import KeptAnswers, is_kept, key_of
from eaa.engine.llm.assembly import Assembly, replayed
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.embedding import embed
from eaa.engine.llm.fallback import complete
from eaa.engine.llm.prompt_size import measure, words_of
from eaa.engine.llm.safety.guard import PromptGuard
from eaa.engine.llm.safety.restoring import restored
from eaa.engine.llm.selection import choose
from eaa.engine.llm.streaming import stream
from eaa.ports.orchestrator import Orchestrator, Takeover

CACHED = "cached"


@dataclass(slots=True)
class LocalOrchestrator(Orchestrator):
    """Does the work in this process."""

    desk: LlmDesk
    kept: KeptAnswers
    guard: PromptGuard = field(default_factory=PromptGuard)

    @override
    async def complete(self, ask: Ask) -> Answer:
        self._require_models()
        protected = await self.guard.protect(ask)
        ask = protected.ask
        if self.desk.tokens.exact.vocabulary_of:
            await self._count_ahead(ask)
        if not is_kept(ask):
            return protected.restored(await complete(ask, desk=self.desk))
        model, key = self._key(ask)
        answer = await self.kept.find(ask, key)
        if answer is None:
            answer = await self.kept.once(ask, key, lambda: self._complete_and_keep(ask, key, model))
        if answer.is_from_cache:
            await self._record_cached(ask, answer)
        return protected.restored(answer)

    @override
    async def stream(
        self, ask: Ask, *, takeover: Takeover = Takeover.RESTART
    ) -> AsyncGenerator[OrchestratedEvent, None]:
        self._require_models()
        protected = await self.guard.protect(ask)
        if self.desk.tokens.exact.vocabulary_of:
            await self._count_ahead(protected.ask)
        events = self._stream(protected.ask, takeover)
        if not protected.masks.is_empty:
            events = restored(events, protected.masks)
        async with aclosing(events):
            async for event in events:
                yield event

    @override
    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        self._require_models()
        cleaned = await self.guard.clean(texts)
        await self.desk.tokens.exact.count_ahead(cleaned, model=model)
        return await embed(cleaned, account=account, model=model, desk=self.desk)

    @override
    def count_tokens(self, ask: Ask) -> int:
        first = choose(ask, self.desk.catalogue, prompt_tokens=0).models[0]
        return self.desk.tokens.prompt_tokens(ask.request, model=first.name)

    def _require_models(self) -> None:
        if not self.desk.toggles.is_on(Toggle.MODELS):
            raise NoModel(
                "models are switched off", hint="`eaa toggle list` says why; then `eaa toggle set models on`."
            )

    async def _count_ahead(self, ask: Ask) -> None:
        pinned = ask.model if ask.is_pinned else None
        await self.desk.tokens.exact.count_ahead(words_of(ask.request), model=pinned)

    def _stream(self, ask: Ask, takeover: Takeover) -> AsyncGenerator[OrchestratedEvent, None]:
        if not is_kept(ask):
            return stream(ask, takeover=takeover, desk=self.desk)
        return self._stream_kept(ask, takeover)

    async def _stream_kept(self, ask: Ask, takeover: Takeover) -> AsyncGenerator[OrchestratedEvent, None]:
        model, key = self._key(ask)
        answer = await self.kept.find(ask, key)
        if answer is not None:
            await self._record_cached(ask, answer)
            for kept in replayed(answer.completion):
                yield kept
            yield Settled(answer.model, cost_microusd=0, is_from_cache=True)
            return
        assembly = Assembly()
        async with aclosing(stream(ask, takeover=takeover, desk=self.desk)) as events:
            async for event in events:
                assembly.add(event)
                yield event
        settled = assembly.settled
        # A stream may have changed models on its way; only one that did not is the answer its key speaks of.
        if settled is not None and len(settled.attempts) == 1:
            whole = Answer(completion=assembly.completion(), model=settled.model, cost_microusd=0)
            await self.kept.keep(ask, key, whole, model=model)

    async def _complete_and_keep(self, ask: Ask, key: str, model: str) -> Answer:
        answer = await complete(ask, desk=self.desk)
        await self.kept.keep(ask, key, answer, model=model)
        return answer

    def _key(self, ask: Ask) -> tuple[str, str]:
        model = self.desk.choices.choose(ask, measure(ask.request)).models[0].name
        return model, key_of(ask, model=model)

    async def _record_cached(self, ask: Ask, answer: Answer) -> None:
        row = ModelUsage(
            id=self.desk.ids.new("use"),
            account=ask.account,
            model=answer.model,
            role=ask.role,
            outcome=CACHED,
            usage=TokenUsage(),
            is_estimated=False,
            cost_microusd=0,
            prompt_sha256=ask.prompt_sha256,
            seconds=0.0,
            created_at=self.desk.clock.now(),
        )
        await self.desk.usage.record(row)
