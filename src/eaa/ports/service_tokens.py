"""Tokens by which services know each other."""

from collections.abc import Collection
from typing import Protocol

from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.secret import Secret
from eaa.domain.service_token import LONGEST_LIFE_S, ServiceToken


class ServiceTokens(Protocol):
    """Signs tokens and knows them again, with a key that all services of an installation share."""

    def sign(
        self,
        *,
        issuer: str,
        audience: str,
        scopes: Collection[str],
        organisation_id: OrganisationId = DEFAULT_ORGANISATION,
        life_s: int = LONGEST_LIFE_S,
    ) -> Secret:
        """Return a token, signed with the newest key.

        Args:
            issuer: The slot of whoever calls.
            audience: The service that is called.
            scopes: What it is called for.
            organisation_id: On whose account.
            life_s: Seconds until it is over, LONGEST_LIFE_S at most.

        Raises:
            MasterKeyUnusable: There is no usable key file and none can be made.
            ValueError: It would live for longer than any may, or not at all.
        """
        ...

    def read(self, token: Secret, *, audience: str) -> ServiceToken:
        """Return what a token says, when it may be believed.

        Raises:
            TokenRefused: It is not ours, was changed, is over, does not hold yet, lives for too long, or is for
                somebody else.
            OrganisationElsewhere: It is on the account of an organisation whose records are on another shard.
            MasterKeyUnusable: The key file cannot be read.
        """
        ...
