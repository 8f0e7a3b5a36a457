"""What an error of Anthropic's means, in a response of its own or in the middle of a stream.

Source: Anthropic, "Errors", "Rate limits", checked 2026-11.
"""

from collections.abc import Mapping

import msgspec

from eaa.adapters.models.answer_faults import decoded_or_none, quoted, quoted_body, retry_after_s, status_fault
from eaa.adapters.models.rates import request_id
from eaa.domain.model_errors import (
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelUnknown,
    OutOfCredit,
    RateLimited,
    RequestRefused,
)

_TOO_LONG = ("prompt is too long", "exceed context limit", "exceeds the maximum number of tokens")
_NO_CREDIT = ("credit balance", "reached your specified api usage limits", "purchase credits")
_SPENT = "spend_limit_reached"
_FILTERED = ("content filtering policy", "blocked by content filter")


class WireError(msgspec.Struct):
    """The error itself, inside its envelope."""

    type: str = ""
    message: str = ""
    error_code: str | None = None


class _Envelope(msgspec.Struct):
    error: WireError


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
    """Return what a response that is not 2xx means."""
    envelope = decoded_or_none(body, _ENVELOPE)
    if envelope is None:
        because = f"the provider answered {status}: {quoted_body(body)}"
        return status_fault(status, because, retry_after_s=retry_after_s(headers), request_id=request_id(headers))
    return fault_of_error(envelope.error, headers=headers, status=status)


def fault_of_error(error: WireError, *, headers: Mapping[str, str], status: int = 500) -> ModelFault:
    """Return what an error means: its type counts, else the status. An error inside a stream has no status."""
    asked_as = request_id(headers)
    because = f"the provider says {error.type or status}: {quoted(error.message) or 'no words'}"
    wait_s = retry_after_s(headers)
    if error.error_code is not None and error.error_code.endswith(_SPENT):
        return OutOfCredit(because, request_id=asked_as, hint="Raise the spend limit at the provider.")
    match error.type:
        case "invalid_request_error":
            return _refusal(error.message.lower(), because, asked_as)
        case "request_too_large":
            return RequestRefused(because, request_id=asked_as, hint="Send fewer or smaller images, or less text.")
        case "authentication_error" | "permission_error":
            return KeyRefused(because, request_id=asked_as)
        case "billing_error":
            return OutOfCredit(because, request_id=asked_as)
        case "not_found_error":
            return ModelUnknown(because, request_id=asked_as)
        case "rate_limit_error":
            return RateLimited(because, retry_after_s=wait_s, request_id=asked_as)
        case "overloaded_error" | "api_error" | "timeout_error":
            return ModelOverloaded(because, retry_after_s=wait_s, request_id=asked_as)
        case _:
            return status_fault(status, because, retry_after_s=wait_s, request_id=asked_as)


def _refusal(words: str, because: str, request_id: str) -> ModelFault:
    """Return what kind of invalid request it is: this provider has one type for four different troubles."""
    if any(sign in words for sign in _TOO_LONG):
        return ContextTooLong(because, request_id=request_id)
    if any(sign in words for sign in _NO_CREDIT):
        return OutOfCredit(because, request_id=request_id, hint="Add credit or raise the limit at the provider.")
    if any(sign in words for sign in _FILTERED):
        return ContentFiltered(because, request_id=request_id)
    return RequestRefused(because, request_id=request_id)
