"""The gRPC server: its doors, TLS, bounds, and an end that lets calls finish."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from eaa.kit.file_limits import share_of_files
from eaa.services.rpc.guard import Guard
from eaa.services.rpc.visit import Door, Streamed, Unary

LONGEST_MESSAGE_BYTES = 32 * 1024 * 1024
MOST_CONNECTIONS = 512
PARTING_S = 5.0
"""How long what was cancelled at the end may take to clean up."""
_OPTIONS = (
    ("grpc.max_receive_message_length", LONGEST_MESSAGE_BYTES),
    ("grpc.max_send_message_length", LONGEST_MESSAGE_BYTES),
    # Two servers on one port would share its calls in silence.
    ("grpc.so_reuseport", 0),
    # Dead connections are noticed in a minute; clients of ours ask every thirty seconds.
    ("grpc.keepalive_time_ms", 40_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Who only holds a connection makes room for others; clients of ours open another when they need one.
    ("grpc.server_handshake_timeout_ms", 20_000),
    ("grpc.max_connection_idle_ms", 150_000),
    # Who asks for ever, or begins to ask and never ends it, does so for an hour. A call that takes longer is asked
    # again by our clients, and goes on where it is.
    ("grpc.max_connection_age_ms", 600_000),
    ("grpc.max_connection_age_grace_ms", 3_600_000),
)


@dataclass(frozen=True, slots=True, repr=False)
class Tls:
    """PEM texts of a server that speaks TLS."""

    certificate: bytes
    key: bytes
    client_ca: bytes | None = None
    """Only callers with a certificate that this signed are let in; None asks for none."""


@asynccontextmanager
async def serving(
    doors: Sequence[Door], guard: Guard, *, host: str, port: int, tls: Tls | None = None, grace_s: float = 0.0
) -> AsyncIterator[str]:
    """Serve inside the block and yield the address, such as `grpc://127.0.0.1:8443`.

    At its end nothing new is taken, calls on their way get `grace_s` seconds, and those left then are told to ask
    somebody else.

    Raises:
        OSError: The port is taken or may not be used.
        KeyError: A method has no row in the table of rights.
    """
    # A quarter: a process with this port has one for HTTP too, which takes half, and needs files for its work.
    most = share_of_files(4, most=MOST_CONNECTIONS)
    server = grpc.aio.server(options=[*_OPTIONS, ("grpc.max_allowed_incoming_connections", most)])
    for door in doors:
        server.add_generic_rpc_handlers((_handlers(door, guard),))
    name = f"[{host}]" if ":" in host else host
    bound = _bind(server, f"{name}:{port}", tls)
    await server.start()
    try:
        yield f"{'grpc' if tls is None else 'grpcs'}://{name}:{bound}"
    finally:
        await _end(server, guard, grace_s)


def _bind(server: grpc.aio.Server, address: str, tls: Tls | None) -> int:
    try:
        if tls is None:
            bound = server.add_insecure_port(address)
        else:
            credentials = grpc.ssl_server_credentials(
                [(tls.key, tls.certificate)],
                root_certificates=tls.client_ca,
                require_client_auth=tls.client_ca is not None,
            )
            bound = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise OSError(f"nothing can listen on {address}") from error
    if bound == 0:
        raise OSError(f"nothing can listen on {address}")
    return bound


def _handlers(door: Door, guard: Guard) -> grpc.GenericRpcHandler:
    service = door.descriptor
    handlers = {
        method.name: _handler(method, f"/{service.full_name}/{method.name}", door.methods[method.name], guard)
        for method in service.methods
    }
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


def _handler(
    method: MethodDescriptor, path: str, does: Unary | Streamed, guard: Guard
) -> "grpc.RpcMethodHandler[Any, Any]":
    guard.check_known(path)
    reads = GetMessageClass(method.input_type).FromString
    writes: Any = GetMessageClass(method.output_type).SerializeToString
    if isinstance(does, Unary):
        return grpc.unary_unary_rpc_method_handler(
            guard.unary(path, does), request_deserializer=reads, response_serializer=writes
        )
    return grpc.unary_stream_rpc_method_handler(
        guard.streamed(path, does), request_deserializer=reads, response_serializer=writes
    )


async def _end(server: grpc.aio.Server, guard: Guard, grace_s: float) -> None:
    # Nothing new is taken from here on.
    stopping = asyncio.ensure_future(server.stop(grace_s + PARTING_S))
    waited_for = {task for task, visit in guard.visits.items() if not visit.is_endless}
    if waited_for and grace_s > 0:
        await asyncio.wait(waited_for, timeout=grace_s)
    for task, visit in tuple(guard.visits.items()):
        visit.is_ending = True
        task.cancel()
    await stopping
