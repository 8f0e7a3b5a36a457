"""The house that other programs find behind `eaa mcp`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from eaa.adapters.system.run_processes import BackgroundRuns
from eaa.ports.progress import Progress
from eaa.services.mcp.house import House, HouseRules
from eaa.settings import Settings
from eaa.wiring.agents import has_models
from eaa.wiring.records import open_records
from eaa.wiring.repositories import repositories_of


@asynccontextmanager
async def open_house(
    settings: Settings, environment: Mapping[str, str], *, rules: HouseRules, progress: Progress
) -> AsyncIterator[House]:
    """Open what answering other programs takes, and close it at the end of the block.

    Raises:
        InvalidRequest: `models.toml` cannot be used.
        DatabaseTooNew: A newer version wrote the database.
    """
    async with open_records(settings, progress=progress) as records:
        yield House(
            rules=replace(rules, has_models=has_models(settings, environment)),
            desk=records.desk,
            slots=records.slots,
            usage=records.usage,
            repositories=repositories_of(settings, desk=records.desk),
            processes=BackgroundRuns(home=settings.home),
        )
