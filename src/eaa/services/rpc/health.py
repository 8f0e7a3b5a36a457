"""The standard health service of gRPC."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from dataclasses import dataclass, field

from eaa.domain.service_errors import ServiceUnknown
from eaa.services.rpc.visit import Door, Streamed, Unary, Visit
from eaa.wire.health_pb2 import DESCRIPTOR, HealthCheckRequest, HealthCheckResponse

LOOK_S = 1.0
"""Between two looks of a watch."""
_Status = HealthCheckResponse.ServingStatus


@dataclass(slots=True)
class _Seen:
    """How the process was when somebody last looked for those who watch."""

    status: "_Status" = _Status.UNKNOWN
    at_s: float = -math.inf
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class HealthDoor:
    """Tells whether services of this process can be asked."""

    services: Collection[str]
    """By their full names, `eaa.v1.Role`; the empty name stands for the process."""
    is_serving: Callable[[], Awaitable[bool]]
    _seen: _Seen = field(default_factory=_Seen)

    def door(self) -> Door:
        """Return the door."""
        methods: dict[str, Unary | Streamed] = {
            "Check": Unary(self.check),
            "Watch": Streamed(self.watch, is_endless=True),
        }
        return Door(DESCRIPTOR.services_by_name["Health"], methods)

    async def check(self, request: HealthCheckRequest, _visit: Visit) -> HealthCheckResponse:
        """Say how a service is now.

        Raises:
            ServiceUnknown: There is none of this name here.
        """
        if not self._is_known(request.service):
            raise ServiceUnknown(request.service)
        return HealthCheckResponse(status=await self._status())

    async def watch(self, request: HealthCheckRequest, _visit: Visit) -> AsyncGenerator[HealthCheckResponse, None]:
        """Say how a service is, now and whenever that changes."""
        told: int | None = None
        while True:
            status = await self._seen_status() if self._is_known(request.service) else _Status.SERVICE_UNKNOWN
            if status != told:
                told = status
                yield HealthCheckResponse(status=status)
            await asyncio.sleep(LOOK_S)

    def _is_known(self, service: str) -> bool:
        return not service or service in self.services

    async def _status(self) -> "_Status":
        return _Status.SERVING if await self.is_serving() else _Status.NOT_SERVING

    async def _seen_status(self) -> "_Status":
        """Look once for all who watch: that costs nobody a token."""
        async with self._seen.looking:
            if time.monotonic() - self._seen.at_s >= LOOK_S / 2:
                self._seen.status = await self._status()
                self._seen.at_s = time.monotonic()
            return self._seen.status
