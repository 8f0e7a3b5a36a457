"""The fault table: each fault of a provider, in each dialect, met by the orchestrator over real sockets."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from tests.support.fault_table import FAULT_CASES, alone, cases, with_another_model
from tests.support.model_worlds import WIRES


@dataclass(frozen=True)
class FaultTable:
    """What was found."""

    asks: int
    wrongs: tuple[str, ...]
    lines: tuple[str, ...]
    """A table in Markdown, one row a fault."""


def fault_table(dialects: tuple[str, ...] = tuple(WIRES)) -> FaultTable:
    """Let every fault happen in every dialect, whole and streamed, with another model at hand and without."""
    return asyncio.run(_found(dialects))


async def _found(dialects: tuple[str, ...]) -> FaultTable:
    with_another: dict[str, Counter[str]] = {case.name: Counter() for case in FAULT_CASES}
    without: dict[str, Counter[str]] = {case.name: Counter() for case in FAULT_CASES}
    wrongs: list[str] = []
    for case, dialect, way in cases(dialects):
        for counts, meet in ((with_another, with_another_model), (without, alone)):
            finding = await meet(case, dialect, way)
            counts[case.name][finding.reaction] += 1
            wrongs += [f"{case.name}, {dialect}, {way}: {wrong}" for wrong in finding.wrongs]
    rows = [f"| {name} | {_said(with_another[name])} | {_said(without[name])} |" for name in with_another]
    head = ["| Fault | Two models | One model, no patience |", "| --- | --- | --- |"]
    asks = sum(counts.total() for table in (with_another, without) for counts in table.values())
    return FaultTable(asks, tuple(wrongs), (*head, *rows))


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{_quoted(reaction)} × {count}" for reaction, count in sorted(counts.items()))


def _quoted(reaction: str) -> str:
    return f"`{reaction}`" if "." in reaction else reaction
