"""How long a request is: its words, and what stands around them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from eaa.domain.completion import CompletionRequest, Image, Message, Reasoning, Text, ToolCall
from eaa.kit.growing import GrowingMemo

MESSAGE_TOKENS = 4
TOOL_TOKENS = 12
"""Around the words of a message and a tool, before a provider has counted any."""
IMAGE_TOKENS = 1600
"""A picture near the largest size that providers keep (source: Anthropic, "Vision", checked 2026-11)."""


@dataclass(frozen=True, slots=True)
class PromptSize:
    """How long a request is, measured once and handed on."""

    words: tuple[str, ...]
    """All of them: messages, tools, schema."""
    text_bytes: int
    """Of all words."""
    messages: int
    tools: int
    images: int
    usual_frame_tokens: int
    """What is no words: an estimate that holds until a model's own frames are known."""
    counted: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Tokens of all words by vocabulary; filled in when first asked for, so that a retry counts nothing again."""

    @property
    def has_images(self) -> bool:
        """Whether there are pictures."""
        return self.images > 0


@dataclass(frozen=True, slots=True)
class _MessageSize:
    words: tuple[str, ...]
    text_bytes: int
    images: int


_MEASURED: Final = GrowingMemo[Message, _MessageSize]()
"""A conversation is measured again with each of its steps, and only its end is new."""


def measure(request: CompletionRequest) -> PromptSize:
    """Return how long a request is."""
    measured = _MEASURED.each(request.messages, _measure_message)
    others = tuple(_other_words(request))
    words = (*chain.from_iterable(one.words for one in measured), *others)
    text_bytes = sum(one.text_bytes for one in measured) + sum(map(bytes_of, others))
    images = sum(one.images for one in measured)
    messages, tools = len(request.messages), len(request.tools)
    usual = MESSAGE_TOKENS * messages + TOOL_TOKENS * tools + IMAGE_TOKENS * images
    return PromptSize(words, text_bytes, messages, tools, images, usual)


def words_of(request: CompletionRequest) -> Iterator[str]:
    """Yield every text of a request that a model reads."""
    for message in request.messages:
        yield from _words_of_message(message)
    yield from _other_words(request)


def _other_words(request: CompletionRequest) -> Iterator[str]:
    if request.answer_schema_json:
        yield request.answer_schema_json
    for tool in request.tools:
        yield tool.name
        yield tool.description
        yield tool.parameters_json


def _words_of_message(message: Message) -> Iterator[str]:
    for part in message.parts:
        match part:
            case Image():
                pass
            case ToolCall():
                yield part.name
                yield part.arguments_json
            case _:
                yield part.text


def _measure_message(message: Message) -> _MessageSize:
    words = tuple(_words_of_message(message))
    return _MessageSize(words, sum(map(bytes_of, words)), sum(isinstance(part, Image) for part in message.parts))


def bytes_of(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def text_bytes(parts: tuple[Text | Reasoning | ToolCall, ...]) -> int:
    """Return the bytes of words in an answer."""
    return sum(bytes_of(part.arguments_json if isinstance(part, ToolCall) else part.text) for part in parts)
