"""What an error of Google's means; Gemini and Vertex share it.

Source: Google, "Gemini API: Troubleshooting", google.rpc `Status`, `ErrorInfo` and `RetryInfo`, checked 2026-11.
"""

from collections.abc import Mapping

import msgspec

from eaa.adapters.models.answer_faults import decoded_or_none, quoted, quoted_body, retry_after_s, status_fault
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

_BAD_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED", "API_KEY_SERVICE_BLOCKED"})
_BAD_KEY = ("api key not valid", "api key expired", "api key not found")
_TOO_LONG = ("exceeds the maximum number of tokens", "token count exceeds", "input context is too long")
_NO_CREDIT = ("credits are depleted", "enable billing", "billing to be enabled", "billing account")


class WireDetail(msgspec.Struct, rename={"kind": "@type", "retry_delay": "retryDelay"}):
    """One detail of an error; only these of its many kinds matter."""

    kind: str = ""
    reason: str = ""
    retry_delay: str = ""


class WireError(msgspec.Struct):
    """The error itself, inside its envelope."""

    code: int = 0
    message: str = ""
    status: str = ""
    details: list[WireDetail] = []


class _Envelope(msgspec.Struct):
    error: WireError


_ENVELOPE = msgspec.json.Decoder(_Envelope | list[_Envelope])


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
    """Return what a response that is not 2xx means. A stream's error may come as a list of one."""
    envelope = decoded_or_none(body, _ENVELOPE)
    if isinstance(envelope, list):
        envelope = envelope[0] if envelope else None
    if envelope is None:
        because = f"the provider answered {status}: {quoted_body(body)}"
        return status_fault(status, because, retry_after_s=retry_after_s(headers))
    return fault_of_error(envelope.error, headers=headers, status=status)


def fault_of_error(error: WireError, *, headers: Mapping[str, str], status: int = 0) -> ModelFault:
    """Return what an error means: its details and status word count, else its code."""
    because = f"the provider says {error.status or error.code}: {quoted(error.message) or 'no words'}"
    words = error.message.lower()
    reasons = {detail.reason for detail in error.details}
    if reasons & _BAD_KEY_REASONS or any(sign in words for sign in _BAD_KEY):
        return KeyRefused(because)
    if "BILLING_DISABLED" in reasons or any(sign in words for sign in _NO_CREDIT):
        return OutOfCredit(because, hint="Enable billing or add credit in the provider's console.")
    match error.status:
        case "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE":
            return _refusal(words, because)
        case "UNAUTHENTICATED" | "PERMISSION_DENIED":
            return KeyRefused(because)
        case "NOT_FOUND":
            return ModelUnknown(because)
        case "RESOURCE_EXHAUSTED":
            return RateLimited(because, retry_after_s=_delay_s(error, headers))
        case "INTERNAL" | "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "ABORTED" | "CANCELLED" | "UNKNOWN":
            return ModelOverloaded(because, retry_after_s=_delay_s(error, headers))
        case _:
            return status_fault(status or error.code or 500, because, retry_after_s=_delay_s(error, headers))


def _refusal(words: str, because: str) -> ModelFault:
    if any(sign in words for sign in _TOO_LONG):
        return ContextTooLong(because)
    if "safety" in words and "blocked" in words:
        return ContentFiltered(because)
    return RequestRefused(because)


def _delay_s(error: WireError, headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `RetryInfo`, such as `22.5s`, or those of the header."""
    for detail in error.details:
        if detail.retry_delay.endswith("s"):
            try:
                return max(0.0, float(detail.retry_delay[:-1]))
            except ValueError:
                continue
    return retry_after_s(headers)
