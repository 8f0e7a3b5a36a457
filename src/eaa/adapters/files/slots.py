"""Slots as locked files: the kernel drops the lock with its holder."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

from typing_extensions import override

from eaa.domain.errors import SlotTaken
from eaa.kit.private_files import make_private_folder
from eaa.ports.slots import Slots

_TRIES = 3
_PAUSE_S = 0.01
"""Somebody who asks whether a slot is held has it locked for microseconds; a second try tells that from a holder."""


class FileSlots(Slots):
    """Holds `<folder>/<slot>` with flock. The files stay; only their locks mean something."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def hold(self, slot: str) -> AbstractAsyncContextManager[str]:
        return self._hold(slot)

    @override
    def hold_first_free(self, prefix: str) -> AbstractAsyncContextManager[str]:
        return self._hold_first_free(prefix)

    @override
    async def is_held(self, slot: str) -> bool:
        return await asyncio.to_thread(self._is_held, slot)

    @asynccontextmanager
    async def _hold(self, slot: str) -> AsyncIterator[str]:
        descriptor = await self._lock_patiently(slot)
        try:
            yield slot
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def _hold_first_free(self, prefix: str) -> AsyncIterator[str]:
        slot, descriptor = next(
            (slot, descriptor)
            for number in count()
            if (descriptor := self._lock(slot := f"{prefix}-{number}")) is not None
        )
        try:
            yield slot
        finally:
            os.close(descriptor)

    async def _lock_patiently(self, slot: str) -> int:
        for _ in range(_TRIES):
            descriptor = self._lock(slot)
            if descriptor is not None:
                return descriptor
            await asyncio.sleep(_PAUSE_S)
        raise SlotTaken(slot=slot)

    def _is_held(self, slot: str) -> bool:
        if not (self._folder / slot).exists():
            return False
        descriptor = self._lock(slot, operation=fcntl.LOCK_SH)
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def _lock(self, slot: str, *, operation: int = fcntl.LOCK_EX) -> int | None:
        """Return an open descriptor that holds the lock, or None when somebody else does."""
        make_private_folder(self._folder)
        # Not inherited by children: a sandboxed command that outlives us must not keep our slot alive.
        descriptor = os.open(self._folder / slot, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor
