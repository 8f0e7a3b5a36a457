"""Which service may call which method of which other one: the one table, in which every method has a row."""

from collections.abc import Mapping
from dataclasses import dataclass

from eaa.domain.role import RoleName
from eaa.domain.service_token import RightMissing, ServiceName, ServiceToken, service_of

ORCHESTRATOR_AUDIENCE = "orchestrator"
READ_ROLE, ASK_ROLE, CANCEL_ROLE = "role.read", "role.ask", "role.cancel"
ASK_MODEL, COUNT_TOKENS = "model.ask", "model.count"


@dataclass(frozen=True, slots=True)
class Right:
    """What a call of a method takes."""

    scope: str
    callers: frozenset[ServiceName]


_WHO_HANDS_WORK_OUT = frozenset({ServiceName.DISPATCHER, ServiceName.GATEWAY, ServiceName.OPERATOR})
_WHO_ASKS_MODELS = frozenset({ServiceName.DISPATCHER, ServiceName.ROLE, ServiceName.OPERATOR})

RIGHTS: Mapping[str, Right | None] = {
    "/eaa.v1.Role/Describe": Right(READ_ROLE, _WHO_HANDS_WORK_OUT),
    "/eaa.v1.Role/Ask": Right(ASK_ROLE, _WHO_HANDS_WORK_OUT),
    "/eaa.v1.Role/Status": Right(READ_ROLE, _WHO_HANDS_WORK_OUT),
    "/eaa.v1.Role/Cancel": Right(CANCEL_ROLE, _WHO_HANDS_WORK_OUT),
    "/eaa.v1.Role/StreamLog": Right(READ_ROLE, _WHO_HANDS_WORK_OUT),
    "/eaa.v1.Orchestrator/Complete": Right(ASK_MODEL, _WHO_ASKS_MODELS),
    "/eaa.v1.Orchestrator/Stream": Right(ASK_MODEL, _WHO_ASKS_MODELS),
    "/eaa.v1.Orchestrator/Embed": Right(ASK_MODEL, _WHO_ASKS_MODELS),
    "/eaa.v1.Orchestrator/CountTokens": Right(COUNT_TOKENS, _WHO_ASKS_MODELS),
    # Whatever watches processes has no token, and is told nothing but that they serve.
    "/grpc.health.v1.Health/Check": None,
    "/grpc.health.v1.Health/Watch": None,
}
"""By method, as it stands on the wire; None: anybody may call it, without a token."""


def role_audience(role: RoleName) -> str:
    """Return the audience of tokens for a role's service."""
    return f"role-{role}"


_ROLE_AUDIENCES = frozenset(map(role_audience, RoleName))


def scopes_for(audience: str) -> frozenset[str]:
    """Return the scopes that the methods of a service know; none for a service that there is not."""
    if audience == ORCHESTRATOR_AUDIENCE:
        return frozenset({ASK_MODEL, COUNT_TOKENS})
    return frozenset({READ_ROLE, ASK_ROLE, CANCEL_ROLE}) if audience in _ROLE_AUDIENCES else frozenset()


def check_right(method: str, token: ServiceToken) -> None:
    """Let a call pass.

    Raises:
        RightMissing: The service may not call the method, its token does not say that it will, or nobody may.
    """
    if method not in RIGHTS:
        raise RightMissing(issuer=token.issuer, method=method, because="nobody may")
    right = RIGHTS[method]
    if right is None:
        return
    service = service_of(token.issuer)
    if service not in right.callers:
        may = ", ".join(sorted(right.callers))
        raise RightMissing(issuer=token.issuer, method=method, because=f"only these may: {may}")
    if right.scope not in token.scopes:
        raise RightMissing(issuer=token.issuer, method=method, because=f"its token has no scope {right.scope}")
