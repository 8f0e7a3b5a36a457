"""A short-lived proof of which service asks which other one, and for what."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId

LONGEST_LIFE_S = 300
"""A token that was signed for longer is refused, whoever signed it."""
CLOCK_SKEW_S = 30
"""How far the clocks of two hosts may be apart."""


class ServiceName(StrEnum):
    """What kinds of processes call each other."""

    GATEWAY = "gateway"
    ORCHESTRATOR = "orchestrator"
    CONNECTORS = "connectors"
    DISPATCHER = "dispatcher"
    ROLE = "role"
    OPERATOR = "operator"
    """A person of this installation, or a program of theirs."""


_BY_SLOT = {name.value: name for name in ServiceName} | {
    # A command in somebody's terminal.
    "cli": ServiceName.OPERATOR,
}


def service_of(slot: str) -> ServiceName | None:
    """Return the kind of service that holds a slot such as `role-sd-0`; None for a slot of no service."""
    return _BY_SLOT.get(slot.partition("-")[0])


class TokenRefused(EaaError):
    """A service token is missing, not ours, over, or not meant for this service. The token itself is never shown."""

    code = "token.refused"

    def __init__(self, because: str, *, issuer: str = "", organisation_id: OrganisationId | None = None) -> None:
        super().__init__(
            because, hint="Sign a new one with the master key of this installation; docs/grpc.md says how."
        )
        self.issuer = issuer
        """Who signed it; empty where nothing about it is known to be true."""
        self.organisation_id = organisation_id


class CertificateMismatch(TokenRefused):
    """A token is held by somebody whose certificate is that of another service."""

    code = "token.certificate"

    def __init__(self, *, issuer: str, names: tuple[str, ...], organisation_id: OrganisationId) -> None:
        super().__init__(
            f"the token is of {issuer}, and the certificate of {', '.join(names)}",
            issuer=issuer,
            organisation_id=organisation_id,
        )
        self.hint = "Show the certificate of the service that signs the token; docs/grpc.md says how it names one."
        self.names = names


class RightMissing(EaaError):
    """A service is known and may not call this."""

    code = "token.right_missing"

    def __init__(self, *, issuer: str, method: str, because: str) -> None:
        super().__init__(f"{issuer} may not call {method}: {because}", hint="docs/grpc.md says who may call what.")
        self.issuer = issuer
        self.method = method


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """What a token says, once its signature is known to be ours."""

    id: str
    issuer: str
    """The slot of the process that signed it, such as `dispatcher-0`."""
    audience: str
    """The one service that may take it: `orchestrator`, `role-sd`."""
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    organisation_id: OrganisationId = DEFAULT_ORGANISATION
    """On whose account the call is."""
