"""How people set the switches."""

from typing import Protocol

from eaa.domain.ids import OrganisationId
from eaa.domain.toggle import Toggle, ToggleSetting


class ToggleSettings(Protocol):
    """The settings of one transaction."""

    async def all(self, organisation_id: OrganisationId) -> tuple[ToggleSetting, ...]:
        """Return what was set, by name; whatever is missing is on."""
        ...

    async def put(self, setting: ToggleSetting) -> None:
        """Set a switch; what was set before is forgotten."""
        ...

    async def find(self, organisation_id: OrganisationId, name: Toggle) -> ToggleSetting | None:
        """Return how a switch was set, None when nobody ever did."""
        ...
