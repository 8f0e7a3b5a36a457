"""Settings of switches in a table."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_or_replace
from eaa.adapters.sql.rows import row_of
from eaa.domain.ids import OrganisationId
from eaa.domain.toggle import Toggle, ToggleSetting
from eaa.ports.toggle_settings import ToggleSettings

_table = schema.toggle_settings
_KNOWN = frozenset(Toggle)


class SqlToggleSettings(ToggleSettings):
    """The settings of one transaction. Switches of a newer version are passed over."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def all(self, organisation_id: OrganisationId) -> tuple[ToggleSetting, ...]:
        own = select(_table).where(_table.c.organisation_id == organisation_id).order_by(_table.c.name)
        rows = (await self._connection.execute(own)).mappings()
        return tuple(_setting(row) for row in rows if row["name"] in _KNOWN)

    @override
    async def put(self, setting: ToggleSetting) -> None:
        await insert_or_replace(self._connection, _table, row_of(setting))

    @override
    async def find(self, organisation_id: OrganisationId, name: Toggle) -> ToggleSetting | None:
        one = select(_table).where(_table.c.organisation_id == organisation_id, _table.c.name == name)
        row = (await self._connection.execute(one)).mappings().first()
        return None if row is None else _setting(row)


def _setting(row: Mapping[Any, Any]) -> ToggleSetting:
    return ToggleSetting(**{**row, "name": Toggle(row["name"])})
