"""Reads on a real streaming replica: what was written before is never missed, and one that is away is no harm."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.reading_store import ReadingStore, Replica
from eaa.adapters.sql.store import SqlStore
from eaa.domain.errors import TaskNotFound
from eaa.domain.ids import TaskId
from tests.makers import make_task
from tests.support.postgres_server import PostgresServer, postgres_server, replica_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


class World:
    """A primary, its replica, and stores on them."""

    def __init__(self, primary: PostgresServer, replica: PostgresServer) -> None:
        self.replica = replica
        self.engines = [self._engine(server.url) for server in (primary, replica)]
        self.writing = SqlStore(self.engines[0], name="primary")
        self.reading = ReadingStore(self.engines[0], [Replica("replica", self.engines[1])], name="primary")

    def _engine(self, url: str) -> AsyncEngine:
        engine = open_engine(url)
        assert isinstance(engine, AsyncEngine)
        return engine

    async def write(self, number: int) -> None:
        """Put a task on record."""
        async with self.writing.begin() as session:
            await session.tasks.add(make_task(task_id=f"tsk_{number}"))

    async def is_there(self, number: int) -> bool:
        """Return whether a reader sees a task."""
        async with self.reading.begin() as session:
            try:
                await session.tasks.get(TaskId(f"tsk_{number}"))
            except TaskNotFound:
                return False
        return True

    def replay(self, *, paused: bool) -> None:
        """Let the replica stop to replay, or go on."""
        with psycopg.connect(self.replica.url, autocommit=True) as connection:
            connection.execute("SELECT pg_wal_replay_pause()" if paused else "SELECT pg_wal_replay_resume()")


@pytest.fixture(scope="module")
def servers(postgres_url: str) -> Iterator[tuple[PostgresServer, PostgresServer]]:
    assert postgres_url  # says whether this machine has to have one
    with postgres_server() as primary, replica_of(primary) as replica:
        yield primary, replica


@pytest.fixture
async def world(servers: tuple[PostgresServer, PostgresServer]) -> AsyncIterator[World]:
    await upgrade(servers[0].url)
    made = World(*servers)
    yield made
    for engine in made.engines:
        await engine.dispose()


async def test_what_was_written_is_read_on_the_replica_at_once(world: World) -> None:
    seen = []
    for number in range(20):
        await world.write(number)
        seen.append(await world.is_there(number))

    assert seen == [True] * 20
    assert world.reading.on_replicas > 0


async def test_a_replica_that_is_behind_is_passed_over_and_used_again_when_it_has_caught_up(world: World) -> None:
    world.replay(paused=True)
    try:
        await world.write(100)
        assert await world.is_there(100)
        assert (world.reading.on_replicas, world.reading.on_primary) == (0, 1)
        assert world.reading.away == ()
    finally:
        world.replay(paused=False)

    while world.reading.on_replicas == 0:
        assert await world.is_there(100)


async def test_a_replica_that_is_away_is_left_alone_for_a_while(world: World) -> None:
    await world.write(200)
    world.replica.kill()
    try:
        seen = [await world.is_there(200) for _ in range(3)]
        assert seen == [True] * 3
        assert world.reading.away == ("replica",)
        assert world.reading.on_primary == 3
    finally:
        world.replica.start()


async def test_nothing_can_be_written_through_it(world: World) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with world.reading.begin() as session:
            await session.tasks.add(make_task(task_id="tsk_forbidden"))

    assert not await world.is_there(999)
