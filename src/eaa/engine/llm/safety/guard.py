"""Every prompt's last station before it leaves: secrets go, personal data is masked, and the answer gets it back."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from eaa.domain.ask import Answer, Ask
from eaa.domain.completion import (
    CompletionRequest,
    Message,
    Part,
    Text,
    ToolCall,
    ToolResult,
)
from eaa.domain.model_errors import SecretInPrompt
from eaa.engine.llm.safety.innocent import InnocentTexts
from eaa.engine.llm.safety.masking import Masks
from eaa.engine.llm.safety.personal import PersonalData
from eaa.engine.llm.safety.secrets import find_secrets, without_secrets


class SecretPolicy(StrEnum):
    """What becomes of a prompt that holds a secret."""

    REMOVE = "remove"
    """The secret is replaced by a remark; it is never put back."""
    REFUSE = "refuse"
    """Nothing is sent."""


@dataclass(frozen=True, slots=True)
class Protected:
    """An ask that may leave, and what is put back into its answer."""

    ask: Ask
    masks: Masks
    removed: tuple[str, ...] = ()
    """What kinds of secrets were removed, in words."""

    def restored(self, answer: Answer) -> Answer:
        """Return the answer with personal data in place of its marks."""
        if self.masks.is_empty:
            return answer
        parts = tuple(
            replace(part, arguments_json=self.masks.restore_json(part.arguments_json))
            if isinstance(part, ToolCall)
            else replace(part, text=self.masks.restore(part.text))
            for part in answer.completion.parts
        )
        return replace(answer, completion=replace(answer.completion, parts=parts))


async def _nothing_more() -> None:
    """Look nowhere: what is known is known already."""


@dataclass(frozen=True, slots=True)
class PromptGuard:
    """The policy of an installation."""

    secrets: SecretPolicy = SecretPolicy.REMOVE
    masked: frozenset[PersonalData] = frozenset()
    known_values: Callable[[], tuple[str, ...]] = tuple
    """Secrets of this process: keys, tokens, passwords of addresses."""
    look: Callable[[], Awaitable[None]] = _nothing_more
    """Finds out what is secret; waited for before each prompt."""
    innocent: InnocentTexts = field(default_factory=InnocentTexts, compare=False)

    async def protect(self, ask: Ask) -> Protected:
        """Return what may be sent.

        Raises:
            SecretInPrompt: There is a secret in it and the policy is to refuse.
        """
        await self.look()
        values = self.known_values()
        cleaner = _Cleaner(values, Masks(self.masked))
        if not self.masked and self._is_innocent(ask.request, values):
            return Protected(ask, cleaner.masks)
        request = _cleaned(ask.request, cleaner.clean)
        removed = self._allowed(cleaner)
        protected = ask if request is ask.request else replace(ask, request=request)
        return Protected(protected, cleaner.masks, removed)

    async def clean(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return texts to embed; nothing is put back into vectors.

        Raises:
            SecretInPrompt: There is a secret in one and the policy is to refuse.
        """
        await self.look()
        cleaner = _Cleaner(self.known_values(), Masks(self.masked))
        cleaned = tuple(map(cleaner.clean, texts))
        self._allowed(cleaner)
        return cleaned

    def cleaner_for_logs(self) -> Callable[[str], str]:
        """Return what cleans the texts of one call for a log.

        Secrets go, and personal data of every kind is masked, whatever the policy lets leave in a prompt.
        """
        return _Cleaner(self.known_values(), Masks(frozenset(PersonalData))).clean

    def _is_innocent(self, request: CompletionRequest, values: tuple[str, ...]) -> bool:
        for message in request.messages:
            for part in message.parts:
                text = _words_of(part)
                if text and not self.innocent.holds(text, values):
                    return False
        if not request.tools and request.answer_schema_json is None and not request.stop:
            return True
        return all(self.innocent.holds(text, values) for text in _terms_of(request) if text)

    def _allowed(self, cleaner: "_Cleaner") -> tuple[str, ...]:
        removed = tuple(dict.fromkeys(cleaner.removed))
        if removed and self.secrets is SecretPolicy.REFUSE:
            raise SecretInPrompt(
                f"the prompt holds a secret ({', '.join(removed)}); nothing was sent",
                hint="Take it out of the text, or let the policy remove it.",
            )
        return removed


@dataclass(slots=True)
class _Cleaner:
    values: tuple[str, ...]
    masks: Masks
    removed: list[str] = field(default_factory=list)

    def clean(self, text: str) -> str:
        found = find_secrets(text, values=self.values)
        if found:
            self.removed += [one.what for one in found]
            text = without_secrets(text, found)
        return self.masks.mask(text)


def _cleaned(request: CompletionRequest, clean: Callable[[str], str]) -> CompletionRequest:
    """Return the request with every text cleaned; the same value when nothing changed."""
    # Tools first: they stand before the conversation, and their marks must not change when it grows.
    if any(clean(term) != term for term in _terms_of(request)):
        request = _with_cleaned_terms(request, clean)
    messages = tuple(_cleaned_message(message, clean) for message in request.messages)
    is_same = all(new is old for new, old in zip(messages, request.messages, strict=True))
    return request if is_same else replace(request, messages=messages)


def _terms_of(request: CompletionRequest) -> Iterator[str]:
    """Yield what a request says beside its messages."""
    for tool in request.tools:
        yield tool.description
        yield tool.parameters_json
    yield request.answer_schema_json or ""
    yield from request.stop


def _with_cleaned_terms(request: CompletionRequest, clean: Callable[[str], str]) -> CompletionRequest:
    schema = request.answer_schema_json
    return replace(
        request,
        tools=tuple(
            replace(tool, description=clean(tool.description), parameters_json=clean(tool.parameters_json))
            for tool in request.tools
        ),
        answer_schema_json=None if schema is None else clean(schema),
        stop=tuple(map(clean, request.stop)),
    )


def _cleaned_message(message: Message, clean: Callable[[str], str]) -> Message:
    parts = tuple(_cleaned_part(part, clean) for part in message.parts)
    return (
        message
        if all(new is old for new, old in zip(parts, message.parts, strict=True))
        else replace(message, parts=parts)
    )


def _words_of(part: Part) -> str:
    """Return what a part says that may hold a secret."""
    match part:
        case Text() | ToolResult():
            return part.text
        case ToolCall():
            return part.arguments_json
        case _:
            return ""


def _cleaned_part(part: Part, clean: Callable[[str], str]) -> Part:
    match part:
        case Text() | ToolResult():
            text = clean(part.text)
            return part if text == part.text else replace(part, text=text)
        case ToolCall():
            arguments = clean(part.arguments_json)
            return part if arguments == part.arguments_json else replace(part, arguments_json=arguments)
        case _:
            return part
