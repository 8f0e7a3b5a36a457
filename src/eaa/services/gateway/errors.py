"""From our errors to HTTP: the one table of this door, and the one shape of its errors."""

import json
from typing import Any

from eaa.domain.caller import NotIdentified
from eaa.domain.errors import (
    BranchTaken,
    CodeHostRefused,
    CodeHostUnreachable,
    DatabaseUnreachable,
    DiskFull,
    EaaError,
    EffectNotFound,
    FileNotInCommit,
    InvalidRequest,
    RepositoryUnusable,
    RevisionNotFound,
    RunAlive,
    RunFenced,
    RunNotFound,
    TaskNotFound,
)
from eaa.domain.model_errors import BudgetExhausted
from eaa.domain.parked import WorkspaceTaken
from eaa.domain.toggle import SwitchedOff

_STATUS: dict[type[EaaError], int] = {
    NotIdentified: 401,
    TaskNotFound: 404,
    RunNotFound: 404,
    EffectNotFound: 404,
    FileNotInCommit: 404,
    InvalidRequest: 400,
    RevisionNotFound: 422,
    RepositoryUnusable: 422,
    RunAlive: 409,
    RunFenced: 409,
    BranchTaken: 409,
    WorkspaceTaken: 409,
    BudgetExhausted: 402,
    CodeHostRefused: 502,
    CodeHostUnreachable: 502,
    DatabaseUnreachable: 503,
    SwitchedOff: 503,
    DiskFull: 507,
    EaaError: 500,
}
RETRY_S = 2
"""What a caller is told to wait while something is away."""
SWITCHED_OFF_RETRY_S = 60
"""The same, where a person has to switch something on."""


class NotServed(EaaError):
    """The request is not one that this door takes, whatever it asks for."""

    code = "request.not_served"

    def __init__(self, because: str, *, status: int, hint: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(because, hint=hint)
        self.status = status
        self.retry_after_s = retry_after_s


class TooMany(NotServed):
    """The caller asks more often than it may."""

    code = "request.rate_limited"


class Overloaded(NotServed):
    """More is asked at the same time than this process answers."""

    code = "request.shed"


class NotNow(NotServed):
    """What is asked for does not fit how the thing stands now."""

    code = "request.conflict"

    def __init__(self, because: str, *, hint: str) -> None:
        super().__init__(because, status=409, hint=hint)


class NotThere(NotServed):
    """Nothing is called that."""

    code = "request.not_found"

    def __init__(self, because: str, *, hint: str = "") -> None:
        super().__init__(because, status=404, hint=hint)


def status_of(error: EaaError) -> int:
    """Return how an error is said; the nearest ancestor in the table decides."""
    if isinstance(error, NotServed):
        return error.status
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def headers_of(error: EaaError) -> dict[str, str]:
    """Return what else is said with an error."""
    if isinstance(error, NotServed) and error.retry_after_s is not None:
        return {"retry-after": str(error.retry_after_s)}
    if isinstance(error, DatabaseUnreachable):
        return {"retry-after": str(RETRY_S)}
    if isinstance(error, SwitchedOff):
        return {"retry-after": str(SWITCHED_OFF_RETRY_S)}
    return {"www-authenticate": "Bearer"} if isinstance(error, NotIdentified) else {}


def body_of(error: EaaError, request_id: str) -> dict[str, Any]:
    """Return the body of an error."""
    return error_body(error.code, str(error), {"hint": error.hint} if error.hint else {}, request_id)


def error_body(code: str, message: str, details: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Return the one shape of errors; what UTF-8 cannot say, in words of the caller that it repeats, is a `?` there."""
    body = {"error": {"code": code, "message": message, "details": details, "request_id": request_id}}
    sendable: dict[str, Any] = json.loads(json.dumps(body, ensure_ascii=False).encode(errors="replace"))
    return sendable


def fault_body(request_id: str) -> dict[str, Any]:
    """Return the body that says that the fault is ours; what it was is in our log."""
    message = "A fault of ours. The service's log says more, under this request id."
    return error_body(EaaError.code, message, {}, request_id)
