"""The revision of an installation's database, for a person who moves it."""

from eaa.adapters.sql.engine import database_name, open_engine
from eaa.adapters.sql.executors import SqlExecutors
from eaa.adapters.sql.migrate import current, downgrade, upgrade
from eaa.adapters.sql.revision import HEAD, REVISIONS, what_is_lost
from eaa.domain.errors import DatabaseTooNew, InvalidRequest
from eaa.domain.executor import FROZEN_AFTER
from eaa.kit.private_files import make_private_folder
from eaa.settings import Settings
from eaa.wiring.slots import direct_url
from eaa.wiring.storage import database_url

_HAS_EXECUTORS = "0007"


class Revisions:
    """Moves the database of the settings; on Postgres by the direct address."""

    newest = HEAD

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = direct_url(settings) or database_url(settings)

    async def current(self) -> str | None:
        """Return the revision; None for a database that was never migrated."""
        return await current(self._url)

    async def upgrade(self) -> None:
        """Bring it to the newest revision; a new installation's home folder is made."""
        make_private_folder(self._settings.home)
        await upgrade(self._url)

    async def step_back(self) -> tuple[str, str, str]:
        """Return the revision, the one before it (`base` for none) and what is lost on the way.

        Raises:
            DatabaseTooNew: A newer version wrote the database.
            InvalidRequest: There is no revision to go back from.
        """
        found = await self.current()
        if found is None:
            raise InvalidRequest("the database has no revision yet", hint="Run `eaa db upgrade` first.")
        if found not in REVISIONS:
            raise DatabaseTooNew(revision=found)
        place = REVISIONS.index(found)
        return found, REVISIONS[place - 1] if place else "base", what_is_lost(found)

    async def downgrade(self, revision: str) -> None:
        """Take it back to an older revision.

        Raises:
            InvalidRequest: Processes work on it.
        """
        await self._require_nobody()
        await downgrade(self._url, revision)

    async def _require_nobody(self) -> None:
        found = await self.current()
        if found is None or found < _HAS_EXECUTORS:
            return
        engine = open_engine(self._url)
        try:
            executors = SqlExecutors(engine, name=database_name(self._url))
            silent = await executors.silent(for_longer_than=FROZEN_AFTER)
            alive = sorted({executor.slot for executor in await executors.all()} - silent)
        finally:
            await engine.dispose()
        if alive:
            raise InvalidRequest(
                f"processes work on the database: {', '.join(alive)}",
                hint="Stop them first; one that was killed counts for ten seconds more.",
            )
