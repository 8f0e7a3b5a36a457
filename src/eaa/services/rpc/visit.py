"""One call inside a door, and the methods that a door has."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from eaa.domain.service_token import ServiceToken, TokenRefused

LATE_S = 0.5
"""So near to its deadline, a call that ends was ended by it: the caller's clock runs a way ahead of ours."""
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


@dataclass(slots=True, kw_only=True)
class Visit:
    """A call that was let in."""

    method: str
    """As on the wire: `/eaa.v1.Role/Ask`."""
    context: Context
    token: ServiceToken | None = None
    """Who calls; None where anybody may."""
    is_endless: bool = False
    """It ends only when somebody ends it: nothing waits for that."""
    is_ending: bool = False
    """The process ends, and with it the call, whatever the caller wants."""

    @property
    def caller(self) -> ServiceToken:
        """Who calls.

        Raises:
            TokenRefused: Nobody knows.
        """
        if self.token is None:
            raise TokenRefused("no token was sent")
        return self.token

    @property
    def remaining_s(self) -> float | None:
        """Seconds to the caller's deadline, None without one."""
        return self.context.time_remaining()

    @property
    def was_left(self) -> bool:
        """Whether a call that was cancelled was so by its caller, not by a deadline and not by the end of a process."""
        remaining_s = self.remaining_s
        return not self.is_ending and (remaining_s is None or remaining_s > LATE_S)


@dataclass(frozen=True, slots=True)
class Unary:
    """A method with one answer."""

    call: Callable[[Any, Visit], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Streamed:
    """A method with many answers."""

    call: Callable[[Any, Visit], AsyncGenerator[Any, None]]
    is_endless: bool = False
    """Whether it goes on for as long as somebody listens."""


@dataclass(frozen=True, slots=True)
class Door:
    """A service and what each of its methods does."""

    descriptor: ServiceDescriptor
    methods: Mapping[str, Unary | Streamed]
