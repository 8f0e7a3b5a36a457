"""Which wire format is spoken how. Each is loaded when a provider first speaks it: most need one or two."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from typing_extensions import override

from eaa.adapters.models.dialect import WireDialect
from eaa.domain.model import Dialect
from eaa.ports.clock import Clock


class Dialects(Mapping[Dialect, WireDialect]):
    """Every format, by its name."""

    def __init__(self, *, clock: Clock) -> None:
        """Take a clock for Bedrock, whose signatures need the time."""
        self._clock = clock
        self._loaded: dict[Dialect, WireDialect] = {}

    @override
    def __getitem__(self, name: Dialect) -> WireDialect:
        dialect = self._loaded.get(name)
        if dialect is None:
            dialect = self._loaded[name] = self._load(name)
        return dialect

    @override
    def __iter__(self) -> Iterator[Dialect]:
        return iter(Dialect)

    @override
    def __len__(self) -> int:
        return len(Dialect)

    def _load(self, name: Dialect) -> WireDialect:
        match name:
            case Dialect.OPENAI:
                from eaa.adapters.models.openai_chat import OpenAiChat

                return OpenAiChat()
            case Dialect.RESPONSES:
                from eaa.adapters.models.openai_responses import ResponsesDialect

                return ResponsesDialect()
            case Dialect.ANTHROPIC:
                from eaa.adapters.models.anthropic import AnthropicDialect

                return AnthropicDialect()
            case Dialect.GEMINI:
                from eaa.adapters.models.gemini import GeminiDialect

                return GeminiDialect()
            case Dialect.VERTEX:
                from eaa.adapters.models.vertex import VertexDialect

                return VertexDialect()
            case Dialect.BEDROCK:
                from eaa.adapters.models.bedrock import BedrockDialect

                return BedrockDialect(clock=self._clock)
            case _:
                assert_never(name)
