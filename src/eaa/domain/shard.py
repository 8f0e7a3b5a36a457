"""Which database holds whose records."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.ids import OrganisationId

MAIN = "main"
"""The shard that every installation has. Organisations that nobody placed elsewhere are on it."""


class OrganisationElsewhere(EaaError):
    """A process was asked on the account of an organisation whose records are on another shard."""

    code = "organisation.elsewhere"

    def __init__(self, *, organisation_id: OrganisationId, shard: str, here: str) -> None:
        super().__init__(
            f"the records of {organisation_id} are on shard {shard}, and this process works on {here}",
            hint=f"Ask a process that was started with EAA_SHARD={shard}.",
        )
        self.organisation_id = organisation_id
        self.shard = shard


@dataclass(frozen=True, slots=True)
class ShardMap:
    """The names of all shards, and the organisations that are on another one than the main shard.

    Raises:
        InvalidRequest: An organisation is on two shards, or the main shard is named among the others.
    """

    organisations: Mapping[str, frozenset[OrganisationId]] = field(default_factory=dict)
    """By shard, without the main one."""

    def __post_init__(self) -> None:
        hint = "Mend `shards` in the eaa.toml of EAA_HOME, or EAA_SHARDS."
        if MAIN in self.organisations:
            raise InvalidRequest(f"{MAIN} is the shard of EAA_DATABASE_URL and cannot be named again", hint=hint)
        seen: dict[OrganisationId, str] = {}
        for shard, organisations in self.organisations.items():
            for organisation in organisations:
                other = seen.setdefault(organisation, shard)
                if other != shard:
                    raise InvalidRequest(f"{organisation} is on two shards: {other} and {shard}", hint=hint)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all shards, the main one first."""
        return (MAIN, *self.organisations)

    def shard_of(self, organisation_id: OrganisationId) -> str:
        """Return the name of the shard that holds an organisation's records."""
        return next((name for name, placed in self.organisations.items() if organisation_id in placed), MAIN)

    def require(self, organisation_id: OrganisationId, *, here: str) -> None:
        """Refuse to work for an organisation on the wrong shard.

        Raises:
            OrganisationElsewhere: Its records are not on the shard named `here`.
        """
        shard = self.shard_of(organisation_id)
        if shard != here:
            raise OrganisationElsewhere(organisation_id=organisation_id, shard=shard, here=here)
