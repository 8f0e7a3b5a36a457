"""Orders that can be repeated."""

from __future__ import annotations

import hashlib
from typing import Callable, Dict, List, Sequence, Tuple, TypeVar

Item = TypeVar("Item")


def shuffled(items: Sequence[Item], groups_of: Callable[[Item], Sequence[str]], seed: int) -> List[Item]:
    """Return items in the order of a seed, groups (module, class, test) kept together; 0 keeps the given order."""
    if not seed:
        return list(items)
    places: Dict[int, Tuple[str, ...]] = {}
    for number, item in enumerate(items):
        groups = list(groups_of(item))
        places[number] = tuple(_rank(seed, groups[: depth + 1]) for depth in range(len(groups)))
    return [items[number] for number in sorted(places, key=lambda number: (places[number], number))]


def _rank(seed: int, groups: Sequence[str]) -> str:
    return hashlib.sha256("\0".join([str(seed), *groups]).encode("utf-8", "surrogateescape")).hexdigest()
