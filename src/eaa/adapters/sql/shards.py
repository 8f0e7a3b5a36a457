"""Shards that are databases: one store for each, by a map that stays as long as the process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from typing_extensions import override

from eaa.adapters.sql.engine import database_name, open_engine
from eaa.adapters.sql.store import SqlStore
from eaa.domain.ids import OrganisationId
from eaa.domain.shard import ShardMap
from eaa.ports.shards import Shards


@asynccontextmanager
async def open_shards(shard_map: ShardMap, urls: Mapping[str, str], *, connections: int) -> AsyncIterator["SqlShards"]:
    """Open the stores of migrated databases, and close their connections at the end of the block.

    Args:
        shard_map: Who is where.
        urls: The address of each shard of the map.
        connections: To each of them at most; they are opened as they are needed.
    """
    async with AsyncExitStack() as stack:
        stores = {}
        for name in shard_map.names:
            engine = open_engine(urls[name], connections=connections)
            stack.push_async_callback(engine.dispose)
            stores[name] = SqlStore(engine, name=database_name(urls[name]))
        yield SqlShards(shard_map, stores)


class SqlShards(Shards):
    """Stores by the names of a map."""

    def __init__(self, shard_map: ShardMap, stores: Mapping[str, SqlStore]) -> None:
        self._map = shard_map
        self._stores = stores

    @property
    @override
    def names(self) -> Sequence[str]:
        return self._map.names

    @override
    def shard_of(self, organisation_id: OrganisationId) -> str:
        return self._map.shard_of(organisation_id)

    @override
    def store_of(self, organisation_id: OrganisationId) -> SqlStore:
        return self._stores[self._map.shard_of(organisation_id)]

    @override
    def store_on(self, shard: str) -> SqlStore:
        return self._stores[shard]
