"""Many asks at once, for work that nobody waits for."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from eaa.domain.ask import Answer, Ask
from eaa.domain.errors import EaaError
from eaa.ports.orchestrator import Orchestrator

Outcome: TypeAlias = Answer | EaaError
"""What came of one ask of a batch."""


async def complete_many(asks: Iterable[Ask], *, at_once: int, orchestrator: Orchestrator) -> tuple[Outcome, ...]:
    """Answer many asks and return what came of each, in their order.

    One that fails is an error in its place and does not stop the others. Where calls queue for a provider, those of a
    batch let others go first. Cancelling the caller ends all of them.

    Args:
        asks: May be made while they are worked on: no more of them are taken than can be asked now.
        at_once: How many are on their way at the same time, at least 1.
        orchestrator: Whom to ask.
    """
    outcomes: dict[int, Outcome] = {}
    line = enumerate(asks)
    async with asyncio.TaskGroup() as group:
        for _ in range(max(at_once, 1)):
            group.create_task(_work_off(line, outcomes, orchestrator))
    return tuple(outcomes[number] for number in range(len(outcomes)))


async def _work_off(line: Iterator[tuple[int, Ask]], outcomes: dict[int, Outcome], orchestrator: Orchestrator) -> None:
    for number, ask in line:
        try:
            outcomes[number] = await orchestrator.complete(replace(ask, is_batch=True))
        except EaaError as error:
            outcomes[number] = error
