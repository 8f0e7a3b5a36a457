"""What costly reads have found, for all processes, and who is reading now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CachedRead:
    """What a read found."""

    content: bytes
    made_at: datetime


class SharedCache(Protocol):
    """Keeps what was read by key, for a time. One that is out of order knows nothing, keeps nothing and grants all.

    Keys name the state of the world that was read, so that nothing has to be taken out when the world changes.
    """

    async def get(self, key: str) -> CachedRead | None:
        """Return what is kept, None when there is nothing, or its time is over."""
        ...

    async def put(self, key: str, read: CachedRead, *, for_s: float) -> None:
        """Keep something for so many seconds."""
        ...

    async def claim(self, key: str, *, owner: str, for_s: float) -> bool:
        """Take the right to read for everybody, for so many seconds; False while somebody else has it."""
        ...

    async def release(self, key: str, *, owner: str) -> None:
        """Give that right back; nothing happens when the owner does not have it any more."""
        ...
