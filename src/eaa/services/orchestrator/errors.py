"""From our errors to HTTP: the one table of this door, and the body that OpenAI's clients understand."""

from dataclasses import dataclass

from eaa.domain.ask import Ask
from eaa.domain.caller import NotIdentified, OrganisationForbidden, RoleForbidden
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.model import Sensitivity
from eaa.domain.model_errors import (
    AllModelsFailed,
    BudgetExhausted,
    ContentFiltered,
    ContextTooLong,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    ModelUnreachable,
    NoModel,
    RateLimited,
    RequestRefused,
    SecretInPrompt,
)
from eaa.domain.shard import OrganisationElsewhere

Json = dict[str, object]


class BodyInvalid(InvalidRequest):
    """A request's body cannot be used as it is."""

    code = "request.body_invalid"

    def __init__(self, because: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(f"{because} (at `{place}`)" if place else because, hint=hint)
        self.place = place
        """Where in the body: `messages[0].content`."""


class NotServed(EaaError):
    """The request is not one that this door takes, whatever it asks for."""

    code = "request.not_served"

    def __init__(self, because: str, *, status: int, hint: str = "") -> None:
        super().__init__(because, hint=hint)
        self.status = status


class ModelNotListed(NoModel):
    """The request names a model that this installation does not have."""

    code = "model.not_listed"

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        super().__init__(f"no model is called {name!r}", hint=f"Models are: auto, {', '.join(known)}.")


@dataclass(frozen=True, slots=True)
class Meaning:
    """How an error is said over HTTP."""

    status: int
    type: str
    code: str
    """OpenAI's own word where it has one, else ours."""


_OF_ERRORS: dict[type[Exception], Meaning] = {
    NotIdentified: Meaning(401, "invalid_request_error", "invalid_api_key"),
    RoleForbidden: Meaning(403, "permission_error", RoleForbidden.code),
    OrganisationForbidden: Meaning(403, "permission_error", OrganisationForbidden.code),
    OrganisationElsewhere: Meaning(421, "invalid_request_error", OrganisationElsewhere.code),
    InvalidRequest: Meaning(400, "invalid_request_error", "invalid_request"),
    SecretInPrompt: Meaning(400, "invalid_request_error", SecretInPrompt.code),
    # Not 429: everybody's client tries that again by itself, and no waiting fills a budget.
    BudgetExhausted: Meaning(402, "insufficient_quota", "insufficient_quota"),
    ModelNotListed: Meaning(404, "invalid_request_error", "model_not_found"),
    NoModel: Meaning(400, "invalid_request_error", NoModel.code),
    RequestRefused: Meaning(400, "invalid_request_error", RequestRefused.code),
    ContextTooLong: Meaning(400, "invalid_request_error", "context_length_exceeded"),
    ContentFiltered: Meaning(400, "invalid_request_error", "content_filter"),
    RateLimited: Meaning(429, "requests", "rate_limit_exceeded"),
    ModelOverloaded: Meaning(503, "server_error", ModelOverloaded.code),
    ModelTimeout: Meaning(504, "server_error", ModelTimeout.code),
    # What is left is between us and the provider: no connection, a bad key of ours, a broken answer.
    ModelFault: Meaning(502, "server_error", ""),
    EaaError: Meaning(500, "server_error", ""),
}
_SENSITIVE = Meaning(403, "permission_error", "sensitive_stays_on_premise")
_PASSING = (RateLimited, ModelOverloaded, ModelTimeout, ModelUnreachable)
FAULT = Meaning(500, "server_error", "fault")


def meaning_of(error: EaaError, ask: Ask | None = None) -> Meaning:
    """Return how an error is said; the nearest ancestor in the table decides."""
    if isinstance(error, NotServed):
        return Meaning(error.status, "invalid_request_error", error.code)
    is_sensitive = ask is not None and ask.sensitivity is Sensitivity.SENSITIVE
    if type(error) is NoModel and is_sensitive:
        return _SENSITIVE
    if isinstance(error, AllModelsFailed):
        return _of_all(error)
    found = next(_OF_ERRORS[kind] for kind in type(error).__mro__ if kind in _OF_ERRORS)
    return found if found.code else Meaning(found.status, found.type, error.code)


def retry_after_s(error: EaaError) -> float | None:
    """Return after how many seconds trying again may help, None when nobody said."""
    if isinstance(error, AllModelsFailed):
        return min((wait for failure in error.failures if (wait := retry_after_s(failure)) is not None), default=None)
    return error.retry_after_s if isinstance(error, RateLimited | ModelOverloaded) else None


def error_body(error: EaaError, meaning: Meaning) -> Json:
    """Return the body in OpenAI's shape; what only we know stands in `eaa`."""
    message = f"{error}. {error.hint}" if error.hint else str(error)
    place = error.place if isinstance(error, BodyInvalid) and error.place else None
    said: Json = {"message": message, "type": meaning.type, "code": meaning.code, "param": place}
    return {"error": {**said, "eaa": facts_of(error)}}


def fault_body() -> Json:
    """Return the body for a fault of ours; what it was is in our log, not in the answer."""
    message = "A fault of ours. The service's log says more, under the id in `x-request-id`."
    return {"error": {"message": message, "type": FAULT.type, "code": FAULT.code, "param": None}}


def facts_of(error: EaaError) -> Json:
    """Return an error as facts, from which the same error can be made again."""
    facts: Json = {"code": error.code, "message": str(error), "hint": error.hint}
    match error:
        case BudgetExhausted():
            facts |= {"scope": error.scope, "room": error.room, "needed": error.needed, "unit": error.unit}
        case NoModel():
            facts |= {"because": error.because, "reasons": [list(reason) for reason in error.reasons]}
        case AllModelsFailed():
            facts["failures"] = [facts_of(failure) for failure in error.failures]
        case ModelTimeout():
            facts |= {"model": error.model, "phase": error.phase, "limit_s": error.limit_s}
        case RoleForbidden():
            facts["roles"] = sorted(error.roles)
        case OrganisationForbidden():
            facts["organisation"] = error.organisation
        case ModelFault():
            facts |= {"because": error.because, "model": error.model, "request_id": error.request_id}
        case _:
            pass
    wait_s = retry_after_s(error)
    return facts if wait_s is None else facts | {"retry_after_s": wait_s}


def _of_all(error: AllModelsFailed) -> Meaning:
    if error.failures and all(isinstance(failure, RateLimited) for failure in error.failures):
        return _OF_ERRORS[RateLimited]
    is_passing = any(isinstance(failure, _PASSING) for failure in error.failures)
    return Meaning(503 if is_passing else 502, "server_error", error.code)
