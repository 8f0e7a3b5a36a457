"""What the errors of chat-completion servers mean.

Each provider words them differently; the words are from their own documentation and source, checked 2026-01.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from eaa.adapters.models.answer_faults import quoted, quoted_body, retry_after_s, status_fault
from eaa.adapters.models.rates import request_id
from eaa.domain.model_errors import (
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelUnknown,
    OutOfCredit,
)

_NO_CREDIT = ("insufficient_quota", "insufficient balance", "billing_hard_limit_reached", "billing_not_active",
              "insufficient_credits", "insufficient credits", "exceeded your current quota")  # fmt: skip
_TOO_LONG = (
    "context_length_exceeded",
    "string_above_max_length",
    "exceed_context_size",
    "maximum context length",
    "maximum model length",
    "max_model_len",
    "context length",
    "context window",
    "available context size",
    "prompt is too long",
    "input is too long",
    "too many tokens",
    "reduce the length of the messages",
    # Larger than a whole minute's allowance: waiting does not help, only a smaller prompt or another model does.
    "request too large for model",
)
_FILTERED = ("content_filter", "content_policy_violation", "content management policy", "responsibleaipolicyviolation",
             "moderation_blocked", "requires moderation", "flagged as potentially violating",
             "content exists risk")  # fmt: skip
_UNKNOWN_MODEL = ("model_not_found", "model_decommissioned", "invalid_model", "model not exist",
                  "is not a valid model id", "deploymentnotfound")  # fmt: skip
_BAD_KEY = ("invalid_api_key", "incorrect api key", "invalid api key")
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "badrequesterror": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "notfounderror": 404,
    "not_found_error": 404,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "requests": 429,
    "tokens": 429,
}


@dataclass(frozen=True, slots=True)
class _Complaint:
    """What a provider says is wrong."""

    message: str
    code: str = ""
    type: str = ""
    more: str = ""
    """Whatever else the error holds, for words that some providers hide deeper."""

    @property
    def words(self) -> str:
        """All of it, lower case, to look for known words in."""
        return f"{self.code} {self.type} {self.message} {self.more}".lower()


def response_fault(status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
    """Return what a response that is not 2xx means."""
    complaint = _complaint_in(body)
    return _fault(status, complaint, wait_s=retry_after_s(headers), request_id=request_id(headers))


def reported_fault(error: object, headers: Mapping[str, str]) -> ModelFault:
    """Return what an error object inside a 200, or inside a stream, means."""
    complaint = _complaint(error)
    status = int(complaint.code) if complaint.code.isdecimal() and len(complaint.code) == 3 else 0
    if not 400 <= status < 600:
        status = _STATUS_OF_TYPE.get(complaint.code.lower()) or _STATUS_OF_TYPE.get(complaint.type.lower(), 500)
    return _fault(status, complaint, wait_s=None, request_id=request_id(headers))


def _fault(status: int, complaint: _Complaint, *, wait_s: float | None, request_id: str) -> ModelFault:
    words = complaint.words
    because = f"{complaint.message} ({status})"
    if status == 402 or _has(words, _NO_CREDIT):
        return OutOfCredit(because, request_id=request_id, hint="Top up the account behind the key, or use another.")
    if status < 500 and _has(words, _FILTERED):
        return ContentFiltered(because, request_id=request_id)
    # Some servers answer 500 to a prompt that does not fit.
    if status not in {401, 403, 404} and _has(words, _TOO_LONG):
        return ContextTooLong(because, request_id=request_id)
    if status < 500 and _has(words, _UNKNOWN_MODEL):
        return ModelUnknown(because, request_id=request_id, hint="`eaa models list` shows the names in use.")
    if status == 400 and _has(words, _BAD_KEY):
        return KeyRefused(because, request_id=request_id)
    return status_fault(status, because, retry_after_s=wait_s, request_id=request_id)


def _has(words: str, known: tuple[str, ...]) -> bool:
    return any(word in words for word in known)


def _complaint_in(body: bytes) -> _Complaint:
    try:
        found: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _Complaint(quoted_body(body))
    if isinstance(found, list) and found:  # Gemini's compatible address wraps the error in a list
        found = found[0]
    if isinstance(found, dict) and found.get("error"):
        return _complaint(found["error"])
    return _complaint(found)


def _complaint(error: object) -> _Complaint:
    if not isinstance(error, dict):
        return _Complaint(quoted(error if isinstance(error, str) else "no explanation"))
    message = error.get("message") or error.get("detail") or "no explanation"
    rest = {key: value for key, value in error.items() if key not in {"message", "code", "type", "param"}}
    return _Complaint(
        message=quoted(message if isinstance(message, str) else orjson.dumps(message).decode()),
        code=str(error.get("code") or ""),
        type=str(error.get("type") or ""),
        more=orjson.dumps(rest).decode()[:2000] if rest else "",
    )
