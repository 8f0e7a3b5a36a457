"""Work done once for each item of a sequence that grows at its end, such as a conversation sent with each step."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from operator import is_
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_MOST = 8


class GrowingMemo(Generic[T, R]):
    """Remembers what became of the items of a few sequences, each as it was last seen.

    A sequence is known again by its first item, and items by being the very same objects; both are kept alive here. For
    one thread.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[tuple[int, Hashable], tuple[Sequence[T], list[R]]] = OrderedDict()

    def each(self, items: Sequence[T], make: Callable[[T], R], *, key: Hashable = None) -> list[R]:
        """Return `make` of each item; of those that stood at the beginning the last time, as it was made then.

        Args:
            items: The sequence. Nobody may change it afterwards.
            make: What is done with an item; it depends on the item and the key alone.
            key: What else the result depends on.
        """
        if not items:
            return []
        place = (id(items[0]), key)
        before, made = self._known.pop(place, ((), []))
        same = _same_beginning(before, items)
        whole = [*made[:same], *map(make, items[same:])]
        self._known[place] = (items, whole)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return whole


def _same_beginning(before: Sequence[T], now: Sequence[T]) -> int:
    """Return how many items at the beginning are the very same objects."""
    if len(before) <= len(now) and all(map(is_, before, now)):
        return len(before)
    pairs = enumerate(zip(before, now, strict=False))
    return next((place for place, (one, other) in pairs if one is not other), min(len(before), len(now)))
