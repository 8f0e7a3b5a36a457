"""Every prompt's last station before it leaves: secrets go, personal data is masked, and the answer gets it back."""

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class PromptGuard:
    """The policy of an installation."""

    secrets: SecretPolicy = SecretPolicy.REMOVE
    masked: frozenset[PersonalData] = frozenset()
    known_values: Callable[[], tuple[str, ...]] = tuple
    """Secrets of this process: keys, tokens, passwords of addresses."""
    innocent: InnocentTexts = field(default_factory=InnocentTexts, compare=False)

    def protect(self, ask: Ask) -> Protected:
        """Return what may be sent.

        Raises:
            SecretInPrompt: There is a secret in it and the policy is to refuse.
        """
        values = self.known_values()
        cleaner = _Cleaner(values, Masks(self.masked))
        if not self.masked and self._is_innocent(ask.request, values):
            return Protected(ask, cleaner.masks)
        request = _cleaned(ask.request, cleaner.clean)
        removed = self._allowed(cleaner)
        protected = ask if request is ask.request else replace(ask, request=request)
        return Protected(protected, cleaner.masks, removed)

    def clean(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return texts to embed; nothing is put back into vectors.

        Raises:
            SecretInPrompt: There is a secret in one and the policy is to refuse.
        """
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
        return True

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
    messages = tuple(_cleaned_message(message, clean) for message in request.messages)
    is_same = all(new is old for new, old in zip(messages, request.messages, strict=True))
    return request if is_same else replace(request, messages=messages)


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
