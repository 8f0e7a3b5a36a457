"""The parts a process depends on, and what it is without one of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

LOOK_S = 2.0
"""How long a part may take to answer before it counts as away."""


class Readiness(StrEnum):
    """What a process can do now."""

    READY = "ready"
    DEGRADED = "degraded"
    """It works, with less: the parts say what is missing and what is done instead."""
    UNREADY = "unready"
    """It can do nothing for anybody now, and waits for what it needs."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a process depends on."""

    name: str
    fault: Callable[[], Awaitable[str | None]]
    """Says what is wrong with it, None when nothing is."""
    is_needed: bool = True
    """Whether nothing works without it."""
    instead: str = ""
    """What is done without it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a process is, with a sentence for each part that is not well."""

    readiness: Readiness
    parts: Mapping[str, str]


async def condition_of(parts: Sequence[Part], *, is_draining: bool) -> Condition:
    """Ask every part at once and return what the process can do."""
    faults = await asyncio.gather(*(_fault_of(part) for part in parts))
    said = {part.name: _sentence(part, fault) for part, fault in zip(parts, faults, strict=True)}
    away = [part for part, fault in zip(parts, faults, strict=True) if fault is not None]
    if is_draining:
        return Condition(Readiness.UNREADY, {**said, "process": "draining: takes nothing new"})
    if any(part.is_needed for part in away):
        return Condition(Readiness.UNREADY, said)
    return Condition(Readiness.DEGRADED if away else Readiness.READY, said)


async def _fault_of(part: Part) -> str | None:
    try:
        async with asyncio.timeout(LOOK_S):
            return await part.fault()
    except TimeoutError:
        return f"no answer within {LOOK_S:g} s"


def _sentence(part: Part, fault: str | None) -> str:
    if fault is None:
        return "well"
    return f"{fault}; instead: {part.instead}" if part.instead else fault
