"""The databases of an installation, and which organisation is on which."""

from collections.abc import Sequence
from typing import Protocol

from eaa.domain.ids import OrganisationId
from eaa.ports.store import Store


class Shards(Protocol):
    """Finds an organisation's database. One transaction never spans two shards."""

    @property
    def names(self) -> Sequence[str]:
        """The names of all shards, the main one first."""
        ...

    def shard_of(self, organisation_id: OrganisationId) -> str:
        """Return the name of the shard that holds an organisation's records; the main one when nobody placed it."""
        ...

    def store_of(self, organisation_id: OrganisationId) -> Store:
        """Return the store with an organisation's records."""
        ...

    def store_on(self, shard: str) -> Store:
        """Return the store of a shard, for work that concerns all its organisations.

        Raises:
            KeyError: There is no such shard.
        """
        ...
