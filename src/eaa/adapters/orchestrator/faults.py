"""The service's errors as the same typed errors again."""

import msgspec
from msgspec import Struct

from eaa.domain.caller import NotIdentified, OrganisationForbidden, RoleForbidden
from eaa.domain.errors import EaaError
from eaa.domain.model_errors import (
    AllModelsFailed,
    AnswerEmpty,
    AnswerInvalid,
    AnswerMalformed,
    AnswerRefused,
    AnswerTruncated,
    BudgetExhausted,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    ModelUnknown,
    ModelUnreachable,
    NoModel,
    OutOfCredit,
    RateLimited,
    RequestRefused,
    SecretInPrompt,
    StreamCut,
)
from eaa.domain.role import RoleName


class FaultFacts(Struct, frozen=True):
    """An error as facts."""

    code: str = ""
    message: str = ""
    hint: str = ""
    because: str = ""
    model: str = ""
    request_id: str = ""
    retry_after_s: float | None = None
    phase: str = ""
    limit_s: float = 0.0
    scope: str = ""
    room: int = 0
    needed: int = 0
    unit: str = ""
    roles: list[RoleName] = []
    organisation: str = ""
    reasons: list[tuple[str, str]] = []
    failures: "list[FaultFacts]" = []


class FaultBody(Struct, frozen=True):
    """An error in OpenAI's shape."""

    message: str = ""
    eaa: FaultFacts = FaultFacts()


class _Response(Struct, frozen=True):
    error: FaultBody


_PLAIN: dict[str, type[ModelFault]] = {
    kind.code: kind
    for kind in (
        ModelUnreachable,
        StreamCut,
        AnswerMalformed,
        AnswerEmpty,
        AnswerInvalid,
        AnswerRefused,
        AnswerTruncated,
        KeyRefused,
        OutOfCredit,
        ModelUnknown,
        ContextTooLong,
        ContentFiltered,
        RequestRefused,
    )
}
_UNAVAILABLE = frozenset({502, 503, 504})
_NO_MODEL = frozenset({NoModel.code, "model.not_listed"})


def refusal_of(status: int, content: bytes) -> EaaError:
    """Return what a response that is not 2xx means."""
    try:
        body = msgspec.json.decode(content, type=_Response)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        hint = "Check EAA_ORCHESTRATOR_URL: what answers there is no orchestrator of ours, or is starting."
        kind = ModelOverloaded if status in _UNAVAILABLE else ModelUnreachable
        return kind(f"the orchestrator's address answered {status} without an explanation", hint=hint)
    return fault_of(body.error)


def fault_of(body: FaultBody) -> EaaError:
    """Return the error that the service was stopped by."""
    return _fault(body.eaa) if body.eaa.code else ModelFault(body.message)


def _fault(facts: FaultFacts) -> EaaError:
    known = {"model": facts.model, "hint": facts.hint, "request_id": facts.request_id}
    match facts.code:
        case code if code in _PLAIN:
            return _PLAIN[code](facts.because, **known)
        case RateLimited.code:
            return RateLimited(facts.because, retry_after_s=facts.retry_after_s, **known)
        case ModelOverloaded.code:
            return ModelOverloaded(facts.because, retry_after_s=facts.retry_after_s, **known)
        case ModelTimeout.code:
            return ModelTimeout(phase=facts.phase, limit_s=facts.limit_s, model=facts.model)
        case code if code in _NO_MODEL:
            return NoModel(facts.because, reasons=tuple(facts.reasons), hint=facts.hint)
        case AllModelsFailed.code:
            failures = tuple(failure for each in facts.failures if isinstance(failure := _fault(each), ModelFault))
            return AllModelsFailed(failures=failures)
        case _:
            return _refusal(facts)


def _refusal(facts: FaultFacts) -> EaaError:
    match facts.code:
        case BudgetExhausted.code:
            return BudgetExhausted(scope=facts.scope, room=facts.room, needed=facts.needed, unit=facts.unit)
        case SecretInPrompt.code:
            return SecretInPrompt(facts.message, hint=facts.hint)
        case NotIdentified.code:
            return NotIdentified(facts.message, hint="Set EAA_ORCHESTRATOR_TOKEN to a token that holds there.")
        case RoleForbidden.code:
            return RoleForbidden(facts.message, roles=frozenset(facts.roles))
        case OrganisationForbidden.code:
            return OrganisationForbidden(facts.organisation)
        case code if code.startswith("request."):
            return RequestRefused(facts.message, hint=facts.hint)
        case _:
            return ModelFault(facts.message, hint=facts.hint)
