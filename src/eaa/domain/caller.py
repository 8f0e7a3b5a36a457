"""Who asks at a door, as proved by a token."""

from dataclasses import dataclass

from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.role import RoleName


class NotIdentified(EaaError):
    """No token, or one that is not ours, was changed, or is over."""

    code = "identity.unknown"


class RoleForbidden(EaaError):
    """The token does not allow to ask as this role."""

    code = "identity.role_forbidden"

    def __init__(self, because: str, *, roles: frozenset[RoleName]) -> None:
        super().__init__(because, hint=f"This token is for {', '.join(sorted(roles))}; name one of them as `eaa.role`.")
        self.roles = roles


class OrganisationForbidden(EaaError):
    """The token is not of the organisation that an ask names."""

    code = "identity.organisation_forbidden"

    def __init__(self, organisation: str) -> None:
        super().__init__(
            f"this token is not of organisation {organisation}",
            hint="Leave the organisation out: the token decides it.",
        )
        self.organisation = organisation


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token speaks for."""

    organisation_id: OrganisationId = DEFAULT_ORGANISATION
    roles: frozenset[RoleName] | None = None
    """The roles it may ask as; None: any, and none at all."""

    def role_for(self, asked: RoleName | None) -> RoleName | None:
        """Return the role of an ask; a caller with one role has it without saying so.

        Raises:
            RoleForbidden: It is another one, or the caller has several and names none.
        """
        if self.roles is None or asked in self.roles:
            return asked
        if asked is not None:
            raise RoleForbidden(f"this token may not ask as {asked}", roles=self.roles)
        if len(self.roles) != 1:
            raise RoleForbidden("this token is for several roles, and the request names none", roles=self.roles)
        return next(iter(self.roles))
