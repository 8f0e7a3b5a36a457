"""Where a process listens for gRPC, and whether it can: known without loading anything of it."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import structlog

_NEEDED = ("grpc", "google.protobuf", "jwt")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RpcPlace:
    """Where a process listens for gRPC."""

    host: str
    port: int
    """0 takes a free one."""
    certificate: Path | None = None
    """PEM file that stands in for EAA_TLS_CERT_FILE."""
    certificate_key: Path | None = None
    """PEM file of its key; None: it is in the certificate's file."""


def can_serve_rpc() -> bool:
    """Return whether what gRPC needs is installed; a process without it works on, and says so in its log."""
    missing = [name for name in _NEEDED if not _is_there(name)]
    if missing:
        _log.warning("rpc.not_served", missing=missing, hint="pip install 'eaa[server]'")
    return not missing


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of the package that the module is in
        return False
