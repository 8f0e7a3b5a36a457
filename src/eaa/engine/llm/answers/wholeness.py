"""Whether an answer is one: not cut off, not refused, not empty."""

import re

from eaa.domain.completion import Completion, StopReason
from eaa.domain.model_errors import AnswerEmpty, AnswerRefused, AnswerTruncated, ContentFiltered

_DECLINES = re.compile(
    r"^\W*(?:i['’]?m sorry|i am sorry|sorry|i apologi[sz]e|unfortunately)?[\s,.:;–—-]*(?:but\s+)?"
    r"i\s+(?:can(?:no|['’])t|can not|am unable to|['’]m unable to|won['’]t|will not)\s+"
    r"(?:help|assist|comply|fulfil|provide|do that|continue|answer|engage|support)",
    re.IGNORECASE,
)
_LONGEST_REFUSAL = 600
"""A longer text says more than no, even when it begins like a refusal."""


def check_whole(completion: Completion, *, model: str) -> None:
    """Let a whole answer pass.

    Raises:
        AnswerTruncated: Its token limit cut it off.
        ContentFiltered: The provider's filter stopped it.
        AnswerRefused: The model declined, by its stop reason or in so many words.
        AnswerEmpty: There is no word and no tool call in it.
    """
    match completion.stop_reason:
        case StopReason.LENGTH:
            raise AnswerTruncated(
                "the answer was cut off at its token limit",
                model=model,
                hint="Allow more output tokens, or ask for less at once.",
            )
        case StopReason.CONTENT_FILTER:
            raise ContentFiltered("the provider's filter stopped the answer", model=model)
        case StopReason.REFUSAL:
            raise AnswerRefused("the model declined to answer", model=model)
        case _:
            pass
    text = completion.text.strip()
    if completion.tool_calls:
        return
    if not text:
        raise AnswerEmpty("the answer holds no word", model=model)
    if is_refusal(text):
        raise AnswerRefused("the model declined to answer", model=model)


def is_refusal(text: str) -> bool:
    """Return whether a text only says that its writer will not help."""
    return len(text) <= _LONGEST_REFUSAL and _DECLINES.match(text) is not None
