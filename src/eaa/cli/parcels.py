"""Many tasks in as few requests as a server takes: bounded by their number and by their bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eaa.adapters.gateway.http_gateway import LONGEST_BODY_BYTES, MOST_TASKS, body_of

_AROUND_BYTES = len(body_of({"tasks": []}))


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes into one request."""

    tasks: Mapping[int, dict[str, Any]]
    """The body of each, by the line it stands in."""


def fits(task: Mapping[str, Any]) -> bool:
    """Say whether a task fits into a parcel at all."""
    return _AROUND_BYTES + len(body_of(task)) <= LONGEST_BODY_BYTES


def parcels_of(tasks: Mapping[int, dict[str, Any]]) -> Iterator[Parcel]:
    """Yield parcels in the order of the tasks, each of which fits."""
    begun: dict[int, dict[str, Any]] = {}
    size_bytes = _AROUND_BYTES
    for line, task in tasks.items():
        # With the comma before it.
        task_bytes = len(body_of(task)) + 1
        if begun and (len(begun) == MOST_TASKS or size_bytes + task_bytes > LONGEST_BODY_BYTES):
            yield Parcel(begun)
            begun, size_bytes = {}, _AROUND_BYTES
        begun[line] = task
        size_bytes += task_bytes
    if begun:
        yield Parcel(begun)
