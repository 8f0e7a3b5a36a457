"""From our errors to gRPC: the one table of these doors, and what stands in the trailing metadata."""

import grpc
import msgspec

from eaa.domain.caller import NotIdentified, OrganisationForbidden, RoleForbidden
from eaa.domain.error_facts import facts_of
from eaa.domain.errors import (
    BlobNotFound,
    DatabaseUnreachable,
    DiskFull,
    EaaError,
    InvalidRequest,
    RoleCallNotFound,
    RunFenced,
    RunNotFound,
    RunStopped,
)
from eaa.domain.model_errors import (
    BudgetExhausted,
    ContentFiltered,
    ContextTooLong,
    ModelFault,
    NoModel,
    ProviderFull,
    RateLimited,
    RequestRefused,
    SecretInPrompt,
)
from eaa.domain.service_errors import KeyTaken, ServiceEnds, ServiceUnknown
from eaa.domain.service_token import RightMissing, TokenRefused
from eaa.domain.shard import OrganisationElsewhere

CODE, HINT, FACTS = "eaa-code", "eaa-hint-bin", "eaa-error-bin"
"""Keys of the trailing metadata: the error's code, its hint in UTF-8, everything it knows as JSON."""
_MOST_FACTS_BYTES = 4096
"""Metadata is bounded, by default to 8 KiB on the other side."""
_MOST_CHARACTERS = 1000


STATUS_OF: dict[type[EaaError], grpc.StatusCode] = {
    TokenRefused: grpc.StatusCode.UNAUTHENTICATED,
    NotIdentified: grpc.StatusCode.UNAUTHENTICATED,
    RightMissing: grpc.StatusCode.PERMISSION_DENIED,
    RoleForbidden: grpc.StatusCode.PERMISSION_DENIED,
    OrganisationForbidden: grpc.StatusCode.PERMISSION_DENIED,
    OrganisationElsewhere: grpc.StatusCode.FAILED_PRECONDITION,
    KeyTaken: grpc.StatusCode.ALREADY_EXISTS,
    InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    RunNotFound: grpc.StatusCode.NOT_FOUND,
    RoleCallNotFound: grpc.StatusCode.NOT_FOUND,
    BlobNotFound: grpc.StatusCode.NOT_FOUND,
    ServiceUnknown: grpc.StatusCode.NOT_FOUND,
    RunFenced: grpc.StatusCode.FAILED_PRECONDITION,
    RunStopped: grpc.StatusCode.FAILED_PRECONDITION,
    ServiceEnds: grpc.StatusCode.UNAVAILABLE,
    DatabaseUnreachable: grpc.StatusCode.UNAVAILABLE,
    DiskFull: grpc.StatusCode.RESOURCE_EXHAUSTED,
    SecretInPrompt: grpc.StatusCode.INVALID_ARGUMENT,
    RequestRefused: grpc.StatusCode.INVALID_ARGUMENT,
    ContextTooLong: grpc.StatusCode.INVALID_ARGUMENT,
    ContentFiltered: grpc.StatusCode.INVALID_ARGUMENT,
    NoModel: grpc.StatusCode.FAILED_PRECONDITION,
    # Not RESOURCE_EXHAUSTED: no waiting fills a budget.
    BudgetExhausted: grpc.StatusCode.FAILED_PRECONDITION,
    RateLimited: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ProviderFull: grpc.StatusCode.RESOURCE_EXHAUSTED,
    # Not UNAVAILABLE: whatever trying again could do was done before the error came out.
    ModelFault: grpc.StatusCode.ABORTED,
    EaaError: grpc.StatusCode.INTERNAL,
}


def status_of(error: EaaError) -> grpc.StatusCode:
    """Return the status of an error; the nearest ancestor in the table decides."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def details_of(error: EaaError) -> str:
    """Return the error's sentence, bounded."""
    return str(error)[:_MOST_CHARACTERS]


def trailing_of(error: EaaError) -> tuple[tuple[str, str | bytes], ...]:
    """Return what stands in the trailing metadata."""
    facts = facts_json(error)
    if len(facts) > _MOST_FACTS_BYTES:
        known = facts_of(error)
        cut: dict[str, object] = {
            "message": details_of(error),
            "hint": error.hint[:_MOST_CHARACTERS],
            "attributes": {},
            "is_cut": True,
        }
        facts = msgspec.json.encode(known | cut)
    return (CODE, error.code), (HINT, error.hint[:_MOST_CHARACTERS].encode(errors="replace")), (FACTS, facts)


def facts_json(error: EaaError) -> bytes:
    """Return everything an error knows, as JSON."""
    return msgspec.json.encode(facts_of(error))
