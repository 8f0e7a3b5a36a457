"""Settings of switches in a dictionary."""

from typing_extensions import override

from eaa.domain.ids import OrganisationId
from eaa.domain.toggle import Toggle, ToggleSetting
from eaa.ports.toggle_settings import ToggleSettings


class MemoryToggleSettings(ToggleSettings):
    """The settings of one transaction."""

    def __init__(self, settings: dict[tuple[str, str], ToggleSetting]) -> None:
        self._settings = settings

    @override
    async def all(self, organisation_id: OrganisationId) -> tuple[ToggleSetting, ...]:
        own = (setting for setting in self._settings.values() if setting.organisation_id == organisation_id)
        return tuple(sorted(own, key=lambda setting: setting.name))

    @override
    async def put(self, setting: ToggleSetting) -> None:
        self._settings[setting.organisation_id, setting.name] = setting

    @override
    async def find(self, organisation_id: OrganisationId, name: Toggle) -> ToggleSetting | None:
        return self._settings.get((organisation_id, name))
