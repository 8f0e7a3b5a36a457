"""Which slots have a live process: one that holds its lock and was heard of lately."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

import structlog

from eaa.domain.errors import DatabaseUnreachable, DiskFull
from eaa.domain.executor import FROZEN_AFTER
from eaa.ports.executors import Executors
from eaa.ports.slots import Slots

BEAT_S = 2.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Liveness:
    """Tells gone processes from live ones."""

    slots: Slots
    executors: Executors

    async def gone(self, slots: Collection[str]) -> frozenset[str]:
        """Return those of the slots whose process has died, or has not been heard of for FROZEN_AFTER."""
        if not slots:
            return frozenset()
        silent = await self.executors.silent(for_longer_than=FROZEN_AFTER)
        return frozenset([slot for slot in slots if slot in silent or not await self.slots.is_held(slot)])


@dataclass(slots=True)
class Heart:
    """The heartbeat of this process's slot."""

    slot: str
    host: str
    process_id: int
    executors: Executors
    is_draining: bool = False

    async def beat(self) -> None:
        """Beat until cancelled. A database that is away stops nothing: the next beat will tell."""
        is_heard = True
        while True:
            try:
                await self.beat_once()
            except (DatabaseUnreachable, DiskFull) as error:
                if is_heard:
                    _log.warning("executor.unheard", slot=self.slot, code=error.code)
                is_heard = False
            else:
                if not is_heard:
                    _log.info("executor.heard", slot=self.slot)
                is_heard = True
            await asyncio.sleep(BEAT_S)

    async def beat_once(self) -> None:
        """Say once that this process lives.

        Raises:
            DatabaseUnreachable: It could not be said.
        """
        await self.executors.beat(self.slot, host=self.host, process_id=self.process_id, is_draining=self.is_draining)

    async def drain(self) -> None:
        """Say that this process takes nothing new any more."""
        self.is_draining = True
        with suppress(DatabaseUnreachable, DiskFull):
            await self.beat_once()

    async def leave(self) -> None:
        """Say that this process ends in good order."""
        with suppress(DatabaseUnreachable, DiskFull):
            await self.executors.leave(self.slot, host=self.host, process_id=self.process_id)
