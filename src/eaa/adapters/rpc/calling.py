"""One call of a service: identified, bounded by a deadline, and asked again where nothing was asked twice by that."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc

from eaa.adapters.rpc.faults import fault_of, is_passing
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.secret import Secret

TRIES = 5
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0

Sign = Callable[[str, OrganisationId], Secret]
"""Makes a token with a scope, on an organisation's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """How a service is called."""

    address: str
    sign: Sign
    tries: int = TRIES
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    """Spreads those who come again at the same time."""

    async def call(
        self,
        method: Any,
        request: object,
        *,
        scope: str,
        organisation_id: OrganisationId = DEFAULT_ORGANISATION,
        timeout_s: float | None,
    ) -> Any:
        """Return the answer of a method that may be asked again with the same request.

        Raises:
            EaaError: What stopped the service, or kept us from asking it.
        """
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        for number in range(1, self.tries + 1):
            left_s = None if deadline_s is None else deadline_s - time.monotonic()
            try:
                return await method(request, metadata=self.headers(scope, organisation_id), timeout=left_s)
            except grpc.aio.AioRpcError as error:
                pause_s = self.pause_s(number)
                is_late = left_s is not None and left_s <= pause_s
                if number == self.tries or is_late or not is_passing(error):
                    raise fault_of(error, address=self.address, timeout_s=timeout_s) from None
            await self.sleep(pause_s)
        raise AssertionError

    def headers(self, scope: str, organisation_id: OrganisationId = DEFAULT_ORGANISATION) -> tuple[tuple[str, str]]:
        """Return the metadata of a call: a token made for it, so that a rotated key is heeded at once."""
        return (("authorization", f"Bearer {self.sign(scope, organisation_id).reveal()}"),)

    def pause_s(self, number: int) -> float:
        """Return how long to wait after so many tries: twice as long each time, and never the same for two callers."""
        longest_s: float = min(FIRST_PAUSE_S * 2 ** (number - 1), LONGEST_PAUSE_S)
        return longest_s * (0.5 + self.random() / 2)
