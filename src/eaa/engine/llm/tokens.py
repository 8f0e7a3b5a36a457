"""How many tokens a prompt has, told without a network: an estimate that each real answer makes better."""

from dataclasses import dataclass, field

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


def request_bytes(request: CompletionRequest) -> int:
    """Return the bytes of words in a request: messages, tools, schema."""
    total = len(request.answer_schema_json or "")
    for message in request.messages:
        for part in message.parts:
            match part:
                case Image():
                    continue
                case ToolCall():
                    total += len(part.name) + _bytes(part.arguments_json)
                case Reasoning():
                    total += _bytes(part.text)
                case _:
                    total += _bytes(part.text)
    for tool in request.tools:
        total += len(tool.name) + _bytes(tool.description) + _bytes(tool.parameters_json)
    return total


def fixed_tokens(request: CompletionRequest) -> int:
    """Return the tokens that do not depend on the words: frames of messages and tools, pictures."""
    images = sum(isinstance(part, Image) for message in request.messages for part in message.parts)
    return MESSAGE_TOKENS * len(request.messages) + TOOL_TOKENS * len(request.tools) + IMAGE_TOKENS * images


@dataclass(slots=True)
class TokenEstimator:
    """Tokens per byte of each model, learned from what providers count. One a process; forgets at its end."""

    _per_byte: dict[str, float] = field(default_factory=dict)

    def tokens_of_text(self, text: str, *, model: str = "") -> int:
        """Return the likely tokens of a text."""
        return round(_bytes(text) * self._per_byte.get(model, START_TOKENS_PER_BYTE)) + 1

    def prompt_tokens(self, request: CompletionRequest, *, model: str = "") -> int:
        """Return the likely tokens of a request."""
        per_byte = self._per_byte.get(model, START_TOKENS_PER_BYTE)
        return round(request_bytes(request) * per_byte) + fixed_tokens(request)

    def at_most(self, prompt_tokens: int) -> int:
        """Return what an estimate should be taken for where money is reserved: a fifth more, and a little."""
        return round(prompt_tokens * _MARGIN) + 32

    def learn(self, request: CompletionRequest, *, model: str, prompt_tokens: int) -> None:
        """Take in what a provider counted for a request. Short prompts teach nothing: their frames weigh too much."""
        size_bytes = request_bytes(request)
        words = prompt_tokens - fixed_tokens(request)
        if size_bytes < _SMALLEST_LESSON_BYTES or words <= 0:
            return
        seen = min(max(words / size_bytes, LEAST_TOKENS_PER_BYTE), MOST_TOKENS_PER_BYTE)
        known = self._per_byte.get(model)
        # The first lesson counts whole: it is better than any guess.
        self._per_byte[model] = seen if known is None else known + _LEARNING * (seen - known)


def completion_tokens_bound(parts_bytes: int) -> int:
    """Return more tokens than an answer of so many bytes can have in any usual vocabulary."""
    return parts_bytes


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def text_bytes(parts: tuple[Text | Reasoning | ToolCall, ...]) -> int:
    """Return the bytes of words in an answer."""
    return sum(_bytes(part.arguments_json if isinstance(part, ToolCall) else part.text) for part in parts)
