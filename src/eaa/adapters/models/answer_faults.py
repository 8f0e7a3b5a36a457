"""What goes wrong with an answer, in any dialect: broken JSON, nothing in it, a status that is not 2xx."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from eaa.domain.completion import StopReason
from eaa.domain.model_errors import (
    AnswerEmpty,
    AnswerMalformed,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelUnknown,
    OutOfCredit,
    RateLimited,
    RequestRefused,
)
from eaa.kit.http_dates import moment_of, seconds_between

QUOTED_CHARACTERS = 300
_SILENT_STOPS = frozenset({StopReason.CONTENT_FILTER, StopReason.REFUSAL, StopReason.LENGTH})

Shape = TypeVar("Shape")


def decoded(body: bytes, decoder: "msgspec.json.Decoder[Shape]", *, what: str) -> Shape:
    """Return the value in `body`.

    Raises:
        AnswerMalformed: It is not JSON, or not of the shape. The error says where, and nothing of the content.
    """
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnswerMalformed(f"{what} is not what the format says: {error}") from error


def decoded_or_none(body: bytes, decoder: "msgspec.json.Decoder[Shape]") -> Shape | None:
    """Return the value in the body of an error, or None: a proxy may have answered, in HTML."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def refuse_silence(stop_reason: StopReason, *, request_id: str = "") -> None:
    """Raise for an answer that holds nothing, unless its reason to stop explains that.

    Raises:
        AnswerEmpty: Nothing explains the silence.
    """
    if stop_reason not in _SILENT_STOPS:
        raise AnswerEmpty(f"the answer holds nothing (it stopped for: {stop_reason})", request_id=request_id)


def quoted(text: str) -> str:
    """Return a provider's own words, on one line and at most 300 characters."""
    line = " ".join(text[: QUOTED_CHARACTERS * 4].split())
    return line if len(line) <= QUOTED_CHARACTERS else line[: QUOTED_CHARACTERS - 1] + "…"


def quoted_body(body: bytes) -> str:
    """Return the beginning of a body that is not of the dialect."""
    return quoted(body[: QUOTED_CHARACTERS * 4].decode("utf-8", "replace")) or "no words"


def status_fault(
    status: int, because: str, *, retry_after_s: float | None = None, request_id: str = "", hint: str = ""
) -> ModelFault:
    """Return what a status alone says."""
    match status:
        case 401 | 403:
            return KeyRefused(because, request_id=request_id, hint=hint)
        case 402:
            return OutOfCredit(because, request_id=request_id, hint=hint)
        case 404:
            return ModelUnknown(because, request_id=request_id, hint=hint)
        case 429:
            return RateLimited(because, retry_after_s=retry_after_s, request_id=request_id, hint=hint)
        case 408 | 409:
            return ModelOverloaded(because, retry_after_s=retry_after_s, request_id=request_id, hint=hint)
        case _ if status >= 500:
            return ModelOverloaded(because, retry_after_s=retry_after_s, request_id=request_id, hint=hint)
        case _ if 400 <= status < 500:
            return RequestRefused(because, request_id=request_id, hint=hint)
        case _:
            return AnswerMalformed(f"status {status}: {because}", request_id=request_id, hint=hint)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the provider asks to wait: `retry-after` in seconds or as a date.

    A date is measured against the response's own `date`, so no clock of ours has a part in it.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    return seconds if seconds is not None else seconds_between(headers.get("date", ""), value)


def seconds_until(moment: str, headers: Mapping[str, str]) -> float | None:
    """Return the seconds from the response's `date` to an RFC 3339 moment, or None when either is missing."""
    sent_at = moment_of(headers.get("date", ""))
    if sent_at is None:
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - sent_at).total_seconds())


def whole_number(text: str | None) -> int | None:
    """Return a header's number, or None when it is none."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
