"""Looks in the outside for writes whose end nobody saw, and settles those that are there."""

from dataclasses import dataclass, replace

import structlog

from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import EaaError
from eaa.domain.ids import EffectId
from eaa.engine.intake import order_of
from eaa.engine.journal import Desk
from eaa.engine.resolving import refuse_settled, resolve_as_done
from eaa.kit.digest import sha256_hex
from eaa.ports.code_host import CodeHosts
from eaa.ports.repositories import Repositories
from eaa.ports.slots import Slots

WHO = "reconciliation"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """What looking takes. Nothing is ever written to the outside here."""

    desk: Desk
    slots: Slots
    repositories: Repositories
    code_hosts: CodeHosts

    async def settle(self, effect_id: EffectId) -> Effect:
        """Look for a write, and note its receipt when it is there; return it as it stands then.

        One that is not there stays open: its run looks again before it writes.

        Raises:
            EffectNotFound: There is no such effect.
            InvalidRequest: It is settled already.
            RunAlive: A process works on its run, and will settle it.
            EaaError: The outside gave no usable answer.
        """
        async with self.desk.store.begin() as session:
            effect = await session.effects.get(effect_id)
        refuse_settled(effect)
        receipt = await self._receipt_of(effect)
        if receipt is None:
            return effect
        return await resolve_as_done(effect_id, receipt=receipt, who=WHO, desk=self.desk, slots=self.slots)

    async def settle_each(self, effects: list[Effect]) -> list[Effect]:
        """Settle what can be, and return what is still open."""
        still_open = []
        for effect in effects:
            try:
                settled = await self.settle(effect.id)
            except EaaError as error:
                _log.warning("effect.not_looked_up", effect=effect.id, run=effect.run_id, code=error.code)
                still_open.append(effect)
                continue
            if settled.state is EffectState.INTENDED:
                still_open.append(settled)
            else:
                _log.info("effect.reconciled", effect=effect.id, run=effect.run_id, kind=str(effect.kind))
        return still_open

    async def _receipt_of(self, effect: Effect) -> str | None:
        """Return the receipt of a write that the outside shows, exactly as it was meant."""
        match effect.kind:
            case EffectKind.PUBLISH_BRANCH | EffectKind.PUSH_BRANCH:
                async with self.desk.store.begin() as session:
                    order = await order_of(session, effect.run_id)
                # Of a branch elsewhere the marker has the repository before the colon.
                branch = effect.marker.rpartition(":")[2]
                there = replace(order.repository, source=effect.target)
                commit = await self.repositories.published(there, branch)
                return commit if commit is not None and sha256_hex(commit.encode()) == effect.payload_sha256 else None
            case EffectKind.OPEN_PULL_REQUEST:
                async with self.code_hosts.open(effect.target) as host:
                    found = await host.find_pull_request(branch=effect.marker)
                return None if found is None else found.address
            case EffectKind.COMMENT:
                return None
