"""`eaa service-token`: a token with which a person's program calls a service over gRPC."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.service_rights import scopes_for
from eaa.domain.service_token import ServiceName
from eaa.settings import load_settings
from eaa.wiring.service_tokens import service_tokens


async def print_service_token(
    audience: str, *, scopes: frozenset[str], seconds: int, organisation: str | None, is_json: bool
) -> int:
    """Print a token for a service, signed with the master key of this installation.

    Raises:
        InvalidRequest: There is no such service, or it knows no such scope.
    """
    known = scopes_for(audience)
    if not known:
        raise InvalidRequest(f"no service is called {audience}", hint="Services are orchestrator, role-pm … role-sre.")
    if scopes - known:
        unknown = ", ".join(sorted(scopes - known))
        raise InvalidRequest(f"{audience} knows no scope {unknown}", hint=f"Scopes are {', '.join(sorted(known))}.")
    token = service_tokens(load_settings()).sign(
        issuer=ServiceName.OPERATOR,
        audience=audience,
        scopes=scopes or known,
        organisation_id=OrganisationId(organisation) if organisation else DEFAULT_ORGANISATION,
        life_s=seconds,
    )
    if is_json:
        print_json({"token": token.reveal(), "audience": audience, "scopes": sorted(scopes or known)})
    else:
        print_line(token.reveal())
    return ExitCode.DONE
