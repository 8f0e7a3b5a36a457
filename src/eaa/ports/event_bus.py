"""Where events go for programs that do not read our database."""

from dataclasses import dataclass
from typing import Protocol

from eaa.domain.errors import EaaError
from eaa.domain.event import Event
from eaa.domain.ids import EventId


class BusUnreachable(EaaError):
    """There is no way to the broker, or it did not say that it has an event."""

    code = "bus.unreachable"

    def __init__(self, *, because: str) -> None:
        super().__init__(
            f"the event bus does not answer: {because}",
            hint="Events are kept in the database and published when it is back.",
        )


class BusMoved(EaaError):
    """Another process has published meanwhile; nothing was."""

    code = "bus.moved"

    def __init__(self) -> None:
        super().__init__("another process has published", hint="Look where the stream ends and go on from there.")


@dataclass(frozen=True, slots=True)
class BusEnd:
    """Where a stream of events ends."""

    position: int
    """Of the broker; 0 when nothing was ever published."""
    event_id: EventId | None
    """The last event; None when there is none any more."""


class EventBus(Protocol):
    """One stream with all events in their order, each once. It may lose events: the outbox is the truth."""

    async def end(self) -> BusEnd:
        """Return where the stream ends; it is made when there is none.

        Raises:
            BusUnreachable: Nobody knows.
        """
        ...

    async def publish(self, event: Event, *, after: BusEnd) -> BusEnd:
        """Add an event, if the stream still ends where it did, and return where it ends then.

        Raises:
            BusMoved: It ends elsewhere. Nothing was added.
            BusUnreachable: Nobody knows whether it was added.
        """
        ...
