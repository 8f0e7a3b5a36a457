"""One answer for all who ask any replica with the same key, in the table of kept replies.

Whoever asks first puts a claim there and renews it while its call goes on. Others wait for the answer; a claim that was
not renewed is that of a process that is gone, and the next one who waits takes it over.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from eaa.domain.errors import DatabaseUnreachable, DiskFull
from eaa.domain.ids import OrganisationId
from eaa.domain.kept_reply import KeptReply
from eaa.domain.service_errors import KeyTaken
from eaa.ports.clock import Clock
from eaa.ports.store import Store

KEPT = timedelta(minutes=10)
GONE_AFTER = timedelta(seconds=15)
RENEW_S = 5.0
_LOOK_S = 0.1
_UNDER_WAY, _ANSWERED = 102, 200
"""As HTTP counts them, for whoever reads the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAnswers:
    """What the replicas of an installation share. Errors are not kept: who asks again after one asks anew."""

    store: Store
    clock: Clock
    slot: str
    """Of this process."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def answer(
        self, organisation_id: OrganisationId, key: str, digest: str, work: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Return what one call gives to everybody who asks with this key.

        Args:
            organisation_id: Whose key it is.
            key: The key, with whatever keeps those of other callers apart.
            digest: Of what is asked.
            work: Asks.

        Raises:
            KeyTaken: The key stands for something else.
            DatabaseUnreachable: Nothing was asked, or its answer could not be kept.
        """
        while True:
            claim = KeptReply(organisation_id, key, digest, _UNDER_WAY, self.slot.encode(), self.clock.now())
            there = await self._claimed(claim)
            if there is None:
                return await self._asked(claim, work)
            if there.status == _ANSWERED:
                return there.body
            await self.sleep(_LOOK_S)

    async def _claimed(self, claim: KeptReply) -> KeptReply | None:
        """Put the claim there, and return what is there instead when somebody else came first."""
        async with self.store.begin() as session:
            there = await session.kept_replies.claim(claim)
            if there is None:
                return None
            age = claim.created_at - there.created_at
            is_over = age > (KEPT if there.status == _ANSWERED else GONE_AFTER)
            if is_over and await session.kept_replies.replace(there, claim):
                return None
        if there.fingerprint != claim.fingerprint and not is_over:
            raise KeyTaken(claim.key)
        return there

    async def _asked(self, claim: KeptReply, work: Callable[[], Awaitable[bytes]]) -> bytes:
        held = [claim]
        try:
            async with self._renewed(held):
                body = await work()
        except BaseException:
            with suppress(DatabaseUnreachable, DiskFull):
                async with self.store.begin() as session:
                    await session.kept_replies.remove(held[0])
            raise
        answered = replace(held[0], status=_ANSWERED, body=body, created_at=self.clock.now())
        async with self.store.begin() as session:
            # One that somebody took over meanwhile stays theirs: both were paid, and each caller has an answer.
            await session.kept_replies.replace(held[0], answered)
        return body

    @asynccontextmanager
    async def _renewed(self, held: list[KeptReply]) -> AsyncIterator[None]:
        """Renew a claim inside the block; the list has it as it stands."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(RENEW_S)
                with suppress(DatabaseUnreachable, DiskFull):
                    fresh = replace(held[0], created_at=self.clock.now())
                    async with self.store.begin() as session:
                        if await session.kept_replies.replace(held[0], fresh):
                            held[0] = fresh

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
