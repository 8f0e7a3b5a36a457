"""Who may come in, and how errors go out: around every method of every door."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import grpc

from eaa.domain.errors import EaaError
from eaa.domain.secret import Secret
from eaa.domain.service_errors import ServiceEnds
from eaa.domain.service_rights import RIGHTS, check_right
from eaa.domain.service_token import TokenRefused
from eaa.ports.service_tokens import ServiceTokens
from eaa.services.rpc.auditing import Refusals
from eaa.services.rpc.certificates import check_certificate
from eaa.services.rpc.errors import CODE, details_of, status_of, trailing_of
from eaa.services.rpc.meters import RpcMeters
from eaa.services.rpc.visit import Context, Streamed, Unary, Visit

_AUDITED = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
_FAULT = "a fault of ours; the service's log says more"
_log = logging.getLogger("eaa.rpc")


@dataclass(slots=True, kw_only=True)
class Guard:
    """Stands at the doors of one process."""

    tokens: ServiceTokens
    audience: str
    """What tokens must be meant for."""
    refusals: Refusals
    meters: RpcMeters = field(default_factory=RpcMeters)
    visits: dict["asyncio.Task[object]", Visit] = field(default_factory=dict)
    """Whatever is inside, by the task that works on it."""

    def check_known(self, method: str) -> None:
        """Refuse to stand before a method of which nobody said who may call it.

        Raises:
            KeyError: It has no row in the table of rights.
        """
        RIGHTS[method]

    def unary(self, method: str, handler: Unary) -> Callable[[Any, Context], Awaitable[Any]]:
        """Return a method with one answer behind the guard."""

        async def answer(request: Any, context: Context) -> Any:
            async def work(visit: Visit) -> Any:
                return await handler.call(request, visit)

            return await self._guarded(method, context, work)

        return answer

    def streamed(self, method: str, handler: Streamed) -> Callable[[Any, Context], Awaitable[None]]:
        """Return a method with many answers behind the guard."""

        async def answer(request: Any, context: Context) -> None:
            async def work(visit: Visit) -> None:
                # Closed at once when the caller leaves, wherever the stream stands.
                async with aclosing(handler.call(request, visit)) as messages:
                    async for message in messages:
                        await context.write(message)

            await self._guarded(method, context, work, is_endless=handler.is_endless)

        return answer

    async def _guarded(
        self, method: str, context: Context, work: Callable[[Visit], Awaitable[Any]], *, is_endless: bool = False
    ) -> Any:
        visit = Visit(method=method, context=context, is_endless=is_endless)
        task = asyncio.current_task()
        assert task is not None
        self.visits[task] = visit
        refused: EaaError | None = None
        began_s, status = time.monotonic(), grpc.StatusCode.CANCELLED
        self.meters.began()
        try:
            self._admit(visit)
            answer = await work(visit)
            status = grpc.StatusCode.OK
            return answer
        except EaaError as error:
            refused, status = error, status_of(error)
        except asyncio.CancelledError:
            if not visit.is_ending:
                raise
            task.uncancel()
            refused = ServiceEnds()
            status = status_of(refused)
        except Exception:
            _log.exception("call of %s failed", method)
            status = grpc.StatusCode.INTERNAL
            await context.abort(grpc.StatusCode.INTERNAL, _FAULT, ((CODE, EaaError.code),))
        finally:
            del self.visits[task]
            self.meters.ended(method, status.name, time.monotonic() - began_s)
        assert refused is not None
        if status in _AUDITED:
            await self.refusals.note(refused, method=method, peer=_address(context.peer()), token=visit.token)
        await context.abort(status, details_of(refused), trailing_of(refused))
        raise AssertionError

    def _admit(self, visit: Visit) -> None:
        """Find out who calls.

        Raises:
            TokenRefused: It shows no token that holds here, or that of another service than its certificate names.
            RightMissing: It may not call this.
        """
        if RIGHTS[visit.method] is None:
            return
        visit.token = self.tokens.read(_shown(visit.context), audience=self.audience)
        check_certificate(visit.token, visit.context.auth_context())
        check_right(visit.method, visit.token)


def _shown(context: Context) -> Secret:
    for key, value in context.invocation_metadata() or ():
        if key == "authorization":
            scheme, _, token = (value.decode() if isinstance(value, bytes) else value).partition(" ")
            if scheme.lower() == "bearer" and token.strip():
                return Secret(token.strip())
    raise TokenRefused("no token was sent")


def _address(peer: str) -> str:
    """Return a peer's address without the port, which changes from call to call."""
    return peer.rpartition(":")[0] if peer.startswith(("ipv4:", "ipv6:")) else peer
