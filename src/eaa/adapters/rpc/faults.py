"""What a failed RPC means, as the same typed error again."""

import json
from typing import Any

import grpc

from eaa.domain.error_facts import error_of
from eaa.domain.errors import DatabaseUnreachable, EaaError
from eaa.domain.service_errors import ServiceEnds, ServiceFault, ServiceTimeout, ServiceUnreachable

_CODE, _HINT, _FACTS = "eaa-code", "eaa-hint-bin", "eaa-error-bin"
_PASSING = frozenset({ServiceEnds.code, DatabaseUnreachable.code})


def is_passing(error: grpc.aio.AioRpcError) -> bool:
    """Return whether the same call may succeed soon: nobody took it, or who did is about to end."""
    if error.code() is not grpc.StatusCode.UNAVAILABLE:
        return False
    code = _said(error, _CODE)
    return code is None or code in _PASSING


def fault_of(error: grpc.aio.AioRpcError, *, address: str, timeout_s: float | None) -> EaaError:
    """Return the error that a service was stopped by, or what kept us from asking it."""
    facts = _said(error, _FACTS)
    if isinstance(facts, bytes):
        return _told(facts)
    said = (error.details() or error.code().name).splitlines()[0]
    match error.code():
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return ServiceTimeout(address, limit_s=timeout_s or 0.0)
        case grpc.StatusCode.UNAVAILABLE:
            return ServiceUnreachable(address, because=said)
        case _:
            return ServiceFault(f"{address} answered {error.code().name}: {said}")


def _told(content: bytes) -> EaaError:
    facts: dict[str, Any] = json.loads(content)
    if facts.get("is_cut"):
        # Too long to travel whole: of its class it lacks the attributes.
        return ServiceFault(f"{facts['code']}: {facts['message']}", hint=facts["hint"])
    return error_of(facts)


def _said(error: grpc.aio.AioRpcError, wanted: str) -> str | bytes | None:
    return next((value for key, value in error.trailing_metadata() or () if key == wanted), None)
