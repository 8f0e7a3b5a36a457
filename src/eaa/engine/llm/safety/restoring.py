"""A stream on its way back to the caller, personal data put back in."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from eaa.domain.ask import OrchestratedEvent
from eaa.domain.completion import Finished, Restarted, TextDelta, ToolCallDelta
from eaa.engine.llm.safety.masking import Masks, StreamRestorer


async def restored(
    events: AsyncGenerator[OrchestratedEvent, None], masks: Masks
) -> AsyncGenerator[OrchestratedEvent, None]:
    """Yield the events with personal data in place of its marks; a mark that comes in pieces is put together first."""
    joiner = _Joiner(masks)
    async with aclosing(events):
        async for event in events:
            for ready in joiner.pass_on(event):
                yield ready


class _Joiner:
    """Holds back what may be half a mark, one restorer for the words and one for each tool call."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._words = StreamRestorer(masks.restore)
        self._calls: dict[int, StreamRestorer] = {}

    def pass_on(self, event: OrchestratedEvent) -> Iterator[OrchestratedEvent]:
        match event:
            case TextDelta():
                text = self._words.pass_on(event.text)
                if text:
                    yield TextDelta(text)
            case ToolCallDelta():
                call = self._calls.setdefault(event.index, StreamRestorer(self._masks.restore_json))
                arguments = call.pass_on(event.arguments_json)
                if arguments or event.id or event.name:
                    yield ToolCallDelta(event.index, event.id, event.name, arguments)
            case Finished():
                yield from self._rest()
                yield event
            case Restarted():
                self._words, self._calls = StreamRestorer(self._masks.restore), {}
                yield event
            case _:
                yield event

    def _rest(self) -> Iterator[OrchestratedEvent]:
        if text := self._words.rest():
            yield TextDelta(text)
        for index, call in self._calls.items():
            if arguments := call.rest():
                yield ToolCallDelta(index=index, arguments_json=arguments)
