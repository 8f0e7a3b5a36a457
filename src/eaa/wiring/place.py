"""Where a service listens, and how it is protected there."""

from dataclasses import dataclass
from pathlib import Path

from eaa.domain.errors import InvalidRequest
from eaa.kit.loopback import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service listens, and how it is protected there."""

    host: str = "127.0.0.1"
    port: int
    certificate: Path | None = None
    """PEM file; with it, everything is spoken over TLS."""
    certificate_key: Path | None = None
    """PEM file; None: it is in the certificate's file."""
    is_behind_tls: bool = False
    """Somebody else speaks TLS in front of it."""
    names: tuple[str, ...] = ()
    """Names by which callers reach it, beyond the host itself."""

    @property
    def own_names(self) -> frozenset[str]:
        """What a Host header may say, without its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset(name.lower() for name in (host, *self.names))

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def refuse_open(self, *, what: str) -> None:
        """Let nothing be said in the clear across a network.

        Raises:
            InvalidRequest: Callers elsewhere would send what they say, and their tokens, without TLS.
        """
        if self.is_local or self.certificate is not None or self.is_behind_tls:
            return
        raise InvalidRequest(
            f"on {self.host} {what} and tokens would cross the network in the clear",
            hint="Give --tls-certificate and --tls-key, or --behind-tls when a proxy in front of it speaks TLS.",
        )
