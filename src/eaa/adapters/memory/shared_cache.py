"""Found by costly reads, in memory; the longest unused ones dropped first."""

from collections import OrderedDict
from collections.abc import Callable

from typing_extensions import override

from eaa.ports.shared_cache import CachedRead, SharedCache

MOST_READS = 512


class MemorySharedCache(SharedCache):
    """Forgets everything when the process ends."""

    def __init__(self, monotonic_s: Callable[[], float], *, most_reads: int = MOST_READS) -> None:
        self._monotonic_s = monotonic_s
        self._most_reads = most_reads
        self._reads: OrderedDict[str, tuple[CachedRead, float]] = OrderedDict()
        self._claims: dict[str, tuple[str, float]] = {}

    @override
    async def get(self, key: str) -> CachedRead | None:
        read, until_s = self._reads.get(key, (None, 0.0))
        if read is None or until_s <= self._monotonic_s():
            self._reads.pop(key, None)
            return None
        self._reads.move_to_end(key)
        return read

    @override
    async def put(self, key: str, read: CachedRead, *, for_s: float) -> None:
        self._reads[key] = (read, self._monotonic_s() + for_s)
        self._reads.move_to_end(key)
        while len(self._reads) > self._most_reads:
            self._reads.popitem(last=False)

    @override
    async def claim(self, key: str, *, owner: str, for_s: float) -> bool:
        now_s = self._monotonic_s()
        holder, until_s = self._claims.get(key, (owner, 0.0))
        if holder != owner and until_s > now_s:
            return False
        self._claims[key] = (owner, now_s + for_s)
        return True

    @override
    async def release(self, key: str, *, owner: str) -> None:
        if self._claims.get(key, ("", 0.0))[0] == owner:
            del self._claims[key]
