"""What an error of Bedrock's means, in a response of its own or in the middle of a stream.

Source: AWS, "Troubleshooting Amazon Bedrock API error codes", "Common errors", checked 2026-11.
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

ERROR_TYPE = "x-amzn-errortype"
"""Header that names the kind of an error."""
_TOO_LONG = ("too long", "exceed context limit", "maximum context length", "too many input tokens", "context window")
_NO_MODEL = ("model identifier is invalid", "on-demand throughput", "model is not supported", "end of its life")
_FILTERED = ("content filtering policy", "blocked by guardrail")
_NO_CREDIT = ("payment_instrument", "payment instrument")


class _Error(msgspec.Struct, rename={"message": "message", "capital": "Message", "kind": "__type"}):
    message: str | None = None
    capital: str | None = None
    kind: str = ""


_ERROR = msgspec.json.Decoder(_Error)


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
    """Return what a response that is not 2xx means."""
    error = decoded_or_none(body, _ERROR) or _Error()
    # `ThrottlingException:http://internal…` in the header, `com.amazon…#ThrottlingException` in the body.
    kind = (headers.get(ERROR_TYPE, "") or error.kind.rpartition("#")[2]).partition(":")[0]
    words = error.message or error.capital or quoted_body(body)
    wait_s = retry_after_s(headers)
    return fault_of_kind(kind, words, status=status, retry_after_s=wait_s, request_id=request_id_of(headers))


def request_id_of(headers: Mapping[str, str]) -> str:
    """Return the id to name when asking the provider about this call."""
    return headers.get("x-amzn-requestid", "")


def words_of(payload: bytes) -> str:
    """Return what the payload of an exception in a stream says."""
    error = decoded_or_none(payload, _ERROR) or _Error()
    return error.message or error.capital or quoted_body(payload)


def fault_of_kind(
    kind: str, words: str, *, status: int, retry_after_s: float | None = None, request_id: str = ""
) -> ModelFault:
    """Return what an error means: its kind counts, with or without `Exception` at its end, else the status."""
    because = f"the provider says {kind or status}: {quoted(words) or 'no words'}"
    match kind[:1].upper() + kind[1:].removesuffix("Exception"):
        case "Throttling" | "TooManyRequests" | "ServiceQuotaExceeded" | "RequestLimitExceeded":
            return RateLimited(because, retry_after_s=retry_after_s, request_id=request_id)
        case "Validation":
            return _refusal(words.lower(), because, request_id)
        case "AccessDenied" if any(sign in words.lower() for sign in _NO_CREDIT):
            return OutOfCredit(because, request_id=request_id)
        case "AccessDenied" | "UnrecognizedClient" | "InvalidSignature" | "ExpiredToken" | "NotAuthorized":
            return KeyRefused(because, request_id=request_id)
        case "MissingAuthenticationToken" | "IncompleteSignature" | "InvalidClientTokenId" | "OptInRequired":
            return KeyRefused(because, request_id=request_id)
        case "ResourceNotFound":
            return ModelUnknown(because, request_id=request_id)
        case "ModelError" | "ModelStreamError" | "ModelTimeout" | "ModelNotReady" | "InternalServer":
            return ModelOverloaded(because, retry_after_s=retry_after_s, request_id=request_id)
        case "ServiceUnavailable" | "InternalFailure":
            return ModelOverloaded(because, retry_after_s=retry_after_s, request_id=request_id)
        case _:
            return status_fault(status, because, retry_after_s=retry_after_s, request_id=request_id)


def _refusal(words: str, because: str, request_id: str) -> ModelFault:
    if any(sign in words for sign in _TOO_LONG):
        return ContextTooLong(because, request_id=request_id)
    if any(sign in words for sign in _FILTERED):
        return ContentFiltered(because, request_id=request_id)
    if any(sign in words for sign in _NO_MODEL):
        return ModelUnknown(because, request_id=request_id)
    return RequestRefused(because, request_id=request_id)
