"""The shards of an installation, from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eaa.domain.ids import OrganisationId
from eaa.domain.shard import ShardMap
from eaa.ports.shards import Shards
from eaa.settings import Settings, on_shard
from eaa.wiring.storage import database_url


def shard_map(settings: Settings) -> ShardMap:
    """Return who is where.

    Raises:
        InvalidRequest: An organisation is on two shards.
    """
    return ShardMap({name: frozenset(map(OrganisationId, one.organisations)) for name, one in settings.shards.items()})


def settings_by_shard(main: Settings) -> dict[str, Settings]:
    """Return the settings of a process on each shard, given those of one on the main shard."""
    return {name: on_shard(main, name) for name in shard_map(main).names}


def settings_for(main: Settings, organisation_id: OrganisationId) -> Settings:
    """Return the settings of a process on an organisation's shard, given those of one on the main shard."""
    return on_shard(main, shard_map(main).shard_of(organisation_id))


@asynccontextmanager
async def open_all_shards(main: Settings) -> AsyncIterator[Shards]:
    """Open the store of every shard; their databases are migrated already."""
    # Loaded where it is used: a process works on one shard.
    from eaa.adapters.sql.shards import open_shards

    urls = {name: database_url(settings) for name, settings in settings_by_shard(main).items()}
    async with open_shards(shard_map(main), urls, connections=main.database_pool) as shards:
        yield shards
