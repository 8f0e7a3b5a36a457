"""People of a replay: they say what they said, where they said it."""

import asyncio

from typing_extensions import override

from eaa.domain.transcript import Told
from eaa.engine.replay.course import Course
from eaa.ports.steering import Steering


class RecordedPeople(Steering):
    """Hears the record."""

    def __init__(self, course: Course) -> None:
        self._course = course

    @override
    async def said(self) -> tuple[Told, ...]:
        if self._course.stop_is_due.is_set():
            # Whoever waits for a stop hears it before the next thing begins, as it was.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return self._course.people_say()

    @override
    async def until_stopped(self) -> None:
        await self._course.stop_is_due.wait()
