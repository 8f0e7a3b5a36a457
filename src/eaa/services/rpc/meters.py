"""What the doors count. No label holds anything of a request."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from eaa.kit.metrics import Counter, Histogram, gauge_lines


def _calls() -> Counter:
    return Counter("eaa_grpc_calls_total", "Calls that have ended, by method and status.", "method", "status")


def _seconds() -> Histogram:
    return Histogram("eaa_grpc_call_seconds", "Seconds to the end of a call; streams to their end.", "method")


@dataclass(slots=True)
class RpcMeters:
    """One a process."""

    calls: Counter = field(default_factory=_calls)
    seconds: Histogram = field(default_factory=_seconds)
    under_way: int = 0

    def began(self) -> None:
        """Note that a call came in."""
        self.under_way += 1

    def ended(self, method: str, status: str, seconds: float) -> None:
        """Note that it has ended."""
        self.under_way -= 1
        self.calls.add(1, method, status)
        self.seconds.observe(seconds, method)

    def lines(self) -> Iterator[str]:
        """Yield everything as Prometheus reads it."""
        yield from self.calls.lines()
        yield from self.seconds.lines()
        yield from gauge_lines("eaa_grpc_calls_under_way", "Calls that go on now.", [((), float(self.under_way))])
