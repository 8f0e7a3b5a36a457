"""One answer for all who ask any replica with the same key, in the table of kept replies.

Whoever asks first puts a claim there and renews it while its call goes on. Others wait for the answer; a claim that
one of them has seen unchanged for a while is that of a process that is gone, and who has seen it takes it over. Each
measures that by its own clock: clocks of hosts need not agree.
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
GONE_AFTER_S = 15.0
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
        seen: KeptReply | None = None
        seen_s = 0.0
        while True:
            now_s = self.clock.monotonic_s()
            claim = KeptReply(organisation_id, key, digest, _UNDER_WAY, self.slot.encode(), self.clock.now())
            there = await self._claimed(claim, gone=seen if now_s - seen_s > GONE_AFTER_S else None)
            if there is None:
                return await self._asked(claim, work)
            if there.status == _ANSWERED:
                return there.body
            if there != seen:
                seen, seen_s = there, now_s
            await self.sleep(_LOOK_S)

    async def _claimed(self, claim: KeptReply, *, gone: KeptReply | None) -> KeptReply | None:
        """Put the claim there, and return what is there instead when somebody else came first.

        Args:
            claim: Ours.
            gone: A claim whose process is gone, when there is one.

        Raises:
            KeyTaken: The key stands for something else.
        """
        async with self.store.begin() as session:
            there = await session.kept_replies.claim(claim)
            if there is None:
                return None
            is_old = claim.created_at - there.created_at > KEPT
            is_over = there == gone or (there.status == _ANSWERED and is_old)
            is_ours = is_over and await session.kept_replies.replace(there, claim)
        if is_over:
            # Where it is not ours, somebody else was the first to see that it is over.
            return None if is_ours else await self._claimed(claim, gone=None)
        if there.fingerprint != claim.fingerprint and not is_old:
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
