"""People of this process."""

import asyncio

from typing_extensions import override

from eaa.domain.transcript import Told, Voice
from eaa.ports.steering import Steering


class MemorySteering(Steering):
    """Says what it was given; nobody else listens."""

    def __init__(self) -> None:
        self._said: list[Told] = []
        self._stop = asyncio.Event()

    def say(self, text: str) -> None:
        """Say something to the model."""
        self._said.append(Told(Voice.PERSON, text, key=f"said {len(self._said) + 1}"))

    def stop(self) -> None:
        """Want the work to stop."""
        self._stop.set()

    @override
    async def said(self) -> tuple[Told, ...]:
        return tuple(self._said)

    @override
    async def until_stopped(self) -> None:
        await self._stop.wait()
