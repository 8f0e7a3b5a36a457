"""Switches as a process knows them: a copy of the settings that is looked at again when somebody rings, or in time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from typing_extensions import override

from eaa.domain.errors import DatabaseUnreachable, DiskFull
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.toggle import WITHOUT, SwitchedOff, Toggle, ToggleSetting
from eaa.ports.signals import Signals
from eaa.ports.store import Session, Store
from eaa.ports.toggles import Toggles

TOGGLES_TOPIC = "toggles"
"""Rung when a switch was set."""
LOOK_S = 5.0
"""A ring may be lost; then a switch is noticed after this time."""
_log = structlog.get_logger()


class AllOn(Toggles):
    """Where nobody can switch anything off."""

    @override
    def is_on(self, toggle: Toggle) -> bool:
        return True


@dataclass(slots=True, kw_only=True)
class FollowedToggles(Toggles):
    """The settings of one organisation. With a database that is away, the last ones that were seen hold."""

    store: Store
    organisation_id: OrganisationId = DEFAULT_ORGANISATION
    off: Mapping[Toggle, ToggleSetting] = field(default_factory=dict)
    """What is switched off."""

    @override
    def is_on(self, toggle: Toggle) -> bool:
        return toggle not in self.off

    async def look(self) -> None:
        """Read the settings again.

        Raises:
            DatabaseUnreachable: There is no way to them.
        """
        async with self.store.begin() as session:
            settings = await session.toggle_settings.all(self.organisation_id)
        seen = {setting.name: setting for setting in settings if not setting.is_on}
        for name in sorted(seen.keys() ^ self.off.keys()):
            _log.info("toggle.changed", toggle=str(name), is_on=name not in seen)
        self.off = seen

    async def follow(self, signals: Signals | None) -> None:
        """Keep the copy fresh until cancelled; without signals a change is noticed after LOOK_S."""
        if signals is None:
            while True:
                await asyncio.sleep(LOOK_S)
                await self._look_again()
        async with signals.listen(TOGGLES_TOPIC) as listening:
            while True:
                await listening.wait(timeout_s=LOOK_S)
                await self._look_again()

    async def _look_again(self) -> None:
        try:
            await self.look()
        except (DatabaseUnreachable, DiskFull) as error:
            _log.warning("toggles.wait", code=error.code)

    async def fault(self) -> str | None:
        """Say what is switched off and what is done instead; None when everything is on."""
        if not self.off:
            return None
        said = (f"{name} ({WITHOUT[name]})" for name in sorted(self.off))
        return f"switched off: {', '.join(said)}"


async def require_on(session: Session, toggle: Toggle, organisation_id: OrganisationId = DEFAULT_ORGANISATION) -> None:
    """Refuse what is switched off, in the transaction that would do it.

    Raises:
        SwitchedOff: It is.
    """
    setting = await session.toggle_settings.find(organisation_id, toggle)
    if setting is not None and not setting.is_on:
        raise SwitchedOff(toggle, why=setting.why)


async def is_on_in(session: Session, toggle: Toggle, organisation_id: OrganisationId = DEFAULT_ORGANISATION) -> bool:
    """Return whether it is on, as the transaction sees it."""
    setting = await session.toggle_settings.find(organisation_id, toggle)
    return setting is None or setting.is_on
