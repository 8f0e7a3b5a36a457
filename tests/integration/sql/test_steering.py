"""What one process says, another one hears: both know nothing but the database."""

import asyncio
from pathlib import Path

from eaa.adapters.files.blobs import FileBlobs
from eaa.adapters.memory.progress import RecordingProgress
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.run import RunState
from eaa.engine.directives import tell
from eaa.engine.journal import Desk
from eaa.engine.steering import StoredSteering
from eaa.ports.store import Store
from tests.makers import make_run


def desk_of(store: Store, folder: Path) -> Desk:
    """Return the desk of one process."""
    return Desk(store=store, blobs=FileBlobs(folder), clock=SystemClock(), ids=UlidIds(), progress=RecordingProgress())


async def test_a_stop_and_words_reach_a_process_with_a_connection_of_its_own(url: str, tmp_path: Path) -> None:
    await upgrade(url)
    run = make_run(state=RunState.RUNNING)
    async with open_store(url) as working, open_store(url) as telling:
        async with working.begin() as session:
            await session.runs.add(run)
        steering = StoredSteering(run.id, store=working)
        stopped = asyncio.ensure_future(steering.until_stopped())

        await tell(run.id, DirectiveKind.SAY, "Mind the edge cases.", desk=desk_of(telling, tmp_path))
        assert [told.text for told in await steering.said()] == ["Mind the edge cases."]
        assert not stopped.done()
        await tell(run.id, DirectiveKind.STOP, desk=desk_of(telling, tmp_path))

        await asyncio.wait_for(stopped, timeout=10)
        assert await steering.halt() is Halt.STOPPED


async def test_people_who_say_something_at_the_same_moment_are_all_heard(url: str, tmp_path: Path) -> None:
    await upgrade(url)
    run = make_run(state=RunState.RUNNING)
    async with open_store(url) as one, open_store(url) as other:
        async with one.begin() as session:
            await session.runs.add(run)
        desks = (desk_of(one, tmp_path), desk_of(other, tmp_path))

        await asyncio.gather(
            *(tell(run.id, DirectiveKind.SAY, str(number), desk=desks[number % 2]) for number in range(20))
        )

        said = await StoredSteering(run.id, store=one).said()
    assert {told.text for told in said} == {str(number) for number in range(20)}
    assert len({told.key for told in said}) == 20
