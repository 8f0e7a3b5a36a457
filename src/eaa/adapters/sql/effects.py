"""The effects ledger in a table."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import select, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Statements
from eaa.adapters.sql.insert import insert_once
from eaa.adapters.sql.rows import effect_of, row_of
from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import EffectNotFound
from eaa.domain.ids import EffectId, OrganisationId, RunId
from eaa.ports.effects import Effects

_table = schema.effects


class SqlEffects(Effects):
    """The ledger of one transaction."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    @override
    async def intend(self, effect: Effect) -> Effect:
        await insert_once(self._connection, _table, row_of(effect))
        stored = await self.find(effect.run_id, effect.kind, effect.marker)
        if stored is None:
            raise ValueError(f"effect {effect.id} is recorded under another run, kind or marker")
        return stored

    @override
    async def update(self, effect: Effect) -> None:
        is_it = (_table.c.organisation_id == effect.organisation_id) & (_table.c.id == effect.id)
        found = await self._connection.execute(select(_table).where(is_it).with_for_update())
        row = found.mappings().first()
        if row is None:
            raise ValueError(f"no effect is called {effect.id}")
        stored = effect_of(row)
        changed = replace(stored, state=effect.state, receipt=effect.receipt, updated_at=effect.updated_at)
        if changed == stored:
            return
        if stored.state is EffectState.CONFIRMED:
            raise ValueError(f"effect {effect.id} is confirmed and never changes again")
        await self._connection.execute(update(_table).where(is_it).values(row_of(changed)))

    @override
    async def find(self, run_id: RunId, kind: EffectKind, marker: str) -> Effect | None:
        of_run = select(_table).where(_table.c.run_id == run_id)
        found = await self._connection.execute(of_run.where(_table.c.kind == kind, _table.c.marker == marker))
        row = found.mappings().first()
        return None if row is None else effect_of(row)

    @override
    async def get(self, effect_id: EffectId) -> Effect:
        found = await self._connection.execute(select(_table).where(_table.c.id == effect_id))
        row = found.mappings().first()
        if row is None:
            raise EffectNotFound(effect_id=effect_id)
        return effect_of(row)

    @override
    async def newest(
        self, organisation_id: OrganisationId, *, states: Collection[EffectState], limit: int
    ) -> tuple[Effect, ...]:
        ours = select(_table).where(_table.c.organisation_id == organisation_id, _table.c.state.in_(sorted(states)))
        # Ids begin with the time at which they were made.
        found = await self._connection.execute(ours.order_by(_table.c.id.desc()).limit(limit))
        return tuple(map(effect_of, found.mappings()))

    @override
    async def of_run(self, run_id: RunId) -> tuple[Effect, ...]:
        effects = select(_table).where(_table.c.run_id == run_id).order_by(_table.c.created_at, _table.c.id)
        found = await self._connection.execute(effects)
        return tuple(map(effect_of, found.mappings()))
