"""Which wire format is spoken how."""

from collections.abc import Mapping
from typing import Final

from eaa.adapters.models.anthropic import AnthropicDialect
from eaa.adapters.models.bedrock import BedrockDialect
from eaa.adapters.models.dialect import WireDialect
from eaa.adapters.models.gemini import GeminiDialect
from eaa.adapters.models.openai_chat import OpenAiChat
from eaa.adapters.models.openai_responses import ResponsesDialect
from eaa.adapters.models.vertex import VertexDialect
from eaa.domain.model import Dialect
from eaa.ports.clock import Clock

DIALECTS: Final[Mapping[Dialect, WireDialect]] = {
    Dialect.OPENAI: OpenAiChat(),
    Dialect.RESPONSES: ResponsesDialect(),
    Dialect.ANTHROPIC: AnthropicDialect(),
    Dialect.GEMINI: GeminiDialect(),
    Dialect.VERTEX: VertexDialect(),
}
"""Those that need nothing."""


def all_dialects(*, clock: Clock) -> Mapping[Dialect, WireDialect]:
    """Return every format; Bedrock's signatures need the time."""
    return {**DIALECTS, Dialect.BEDROCK: BedrockDialect(clock=clock)}
