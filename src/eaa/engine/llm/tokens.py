"""How many tokens a prompt has, told without a network: an estimate that each real answer makes better."""

from dataclasses import dataclass, field
from typing import NamedTuple

from eaa.domain.completion import CompletionRequest, Image, Reasoning, Text, ToolCall

START_TOKENS_PER_BYTE = 1 / 3.6
"""English and code, before a model has told its own counts."""
MOST_TOKENS_PER_BYTE = 1.0
LEAST_TOKENS_PER_BYTE = 0.05
IMAGE_TOKENS = 1600
"""A picture near the largest size that providers keep (source: Anthropic, "Vision", checked 2026-11)."""
MESSAGE_TOKENS = 4
TOOL_TOKENS = 12
_LEARNING = 0.2
_MARGIN = 1.2
_SMALLEST_LESSON_BYTES = 400


class PromptSize(NamedTuple):
    """How long a request is, counted once and handed on."""

    text_bytes: int
    """Of all words: messages, tools, schema."""
    fixed_tokens: int
    """What does not depend on the words: frames of messages and tools, pictures."""
    has_images: bool
    tokens: int
    """All of it, an estimate for one model."""


@dataclass(slots=True)
class TokenEstimator:
    """Tokens per byte of each model, learned from what providers count. One a process; forgets at its end."""

    _per_byte: dict[str, float] = field(default_factory=dict)

    def tokens_of_text(self, text: str, *, model: str = "") -> int:
        """Return the likely tokens of a text."""
        return round(bytes_of(text) * self._per_byte.get(model, START_TOKENS_PER_BYTE)) + 1

    def measure(self, request: CompletionRequest, *, model: str = "") -> PromptSize:
        """Return how long a request is."""
        text_bytes, images = _text_bytes_and_images(request)
        per_byte = self._per_byte.get(model, START_TOKENS_PER_BYTE)
        fixed = MESSAGE_TOKENS * len(request.messages) + TOOL_TOKENS * len(request.tools) + IMAGE_TOKENS * images
        return PromptSize(text_bytes, fixed, images > 0, round(text_bytes * per_byte) + fixed)

    def prompt_tokens(self, request: CompletionRequest, *, model: str = "") -> int:
        """Return the likely tokens of a request."""
        return self.measure(request, model=model).tokens

    def tokens_for(self, size: PromptSize, *, model: str) -> int:
        """Return the likely tokens of a measured request for another model than it was measured for."""
        return round(size.text_bytes * self._per_byte.get(model, START_TOKENS_PER_BYTE)) + size.fixed_tokens

    def at_most(self, prompt_tokens: int) -> int:
        """Return what an estimate should be taken for where money is reserved: a fifth more, and a little."""
        return round(prompt_tokens * _MARGIN) + 32

    def learn(self, size: PromptSize, *, model: str, prompt_tokens: int) -> None:
        """Take in what a provider counted for a request. Short prompts teach nothing: their frames weigh too much."""
        words = prompt_tokens - size.fixed_tokens
        if size.text_bytes < _SMALLEST_LESSON_BYTES or words <= 0:
            return
        seen = min(max(words / size.text_bytes, LEAST_TOKENS_PER_BYTE), MOST_TOKENS_PER_BYTE)
        known = self._per_byte.get(model)
        # The first lesson counts whole: it is better than any guess.
        self._per_byte[model] = seen if known is None else known + _LEARNING * (seen - known)


def _text_bytes_and_images(request: CompletionRequest) -> tuple[int, int]:
    total = len(request.answer_schema_json or "")
    images = 0
    for message in request.messages:
        for part in message.parts:
            match part:
                case Image():
                    images += 1
                case ToolCall():
                    total += len(part.name) + bytes_of(part.arguments_json)
                case _:
                    total += bytes_of(part.text)
    for tool in request.tools:
        total += len(tool.name) + bytes_of(tool.description) + bytes_of(tool.parameters_json)
    return total, images


def bytes_of(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def text_bytes(parts: tuple[Text | Reasoning | ToolCall, ...]) -> int:
    """Return the bytes of words in an answer."""
    return sum(bytes_of(part.arguments_json if isinstance(part, ToolCall) else part.text) for part in parts)
