"""What the notes of a run amount to."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Step:
    """From the moment at which the model's answer was written to the one at which the next prompt was whole."""

    overhead_ms: float
    """Wall time without the command's: reading the answer, keeping records, making and sending the next prompt."""
    command_ms: float
    """From asking for the command to holding its result: sandbox and command here, shell and command at the peer."""


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """One run of one contender."""

    steps: tuple[Step, ...]
    cpu_ms: tuple[float, ...]
    """Of each step between two commands: the agent's own process, and processes that it started."""
    command_cpu_ms: tuple[float, ...]
    """Of the agent's own process while it starts a command and reads what it prints."""
    rss_mb: float
    """The most."""
    prompts: tuple[str, ...]
    """Tools and messages, as compact JSON."""
    sent_bytes: tuple[int, ...]
    """Of each request's body."""

    @classmethod
    def read(cls, requests_file: Path, meter_file: Path) -> Self:
        """Return what the scripted model and the contender wrote down.

        Raises:
            ValueError: They do not belong together: the contender did not run one command a step.
        """
        asked = json.loads(requests_file.read_text(encoding="utf-8"))
        meter = json.loads(meter_file.read_text(encoding="utf-8"))
        gaps, commands = list(pairwise(asked["requests"])), meter["commands"]
        # The peer ends with a command, we end with a call of our own.
        if len(commands) - len(gaps) not in (0, 1):
            raise ValueError(f"{len(commands)} commands in {len(gaps)} steps; it ended as {meter['ended']}")
        return cls(
            steps=tuple(_step(*gap, command) for gap, command in zip(gaps, commands, strict=False)),
            cpu_ms=tuple(_cpu_ms(*pair) for pair in pairwise(commands)),
            command_cpu_ms=tuple((one["own_cpu_after_s"] - one["own_cpu_s"]) * 1000 for one in commands),
            rss_mb=meter["rss_mb"],
            prompts=tuple(map(_canonical, asked["prompts"])),
            sent_bytes=tuple(len(prompt.encode()) for prompt in asked["prompts"]),
        )


def _step(before: dict[str, float], after: dict[str, float], command: dict[str, float]) -> Step:
    command_s = command["ended_s"] - command["began_s"]
    return Step((after["arrived_s"] - before["sent_s"] - command_s) * 1000, command_s * 1000)


def _cpu_ms(one: dict[str, float], following: dict[str, float]) -> float:
    own_s = following["own_cpu_s"] - one["own_cpu_after_s"]
    return (own_s + following["child_cpu_s"] - one["child_cpu_after_s"]) * 1000


def _canonical(body: str) -> str:
    """Return a prompt as a provider's cache sees it: the tools, then message after message."""
    content: dict[str, Any] = json.loads(body)
    parts = [content.get("tools", []), *content["messages"]]
    return "\n".join(json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts)


def prefix_shares(prompts: Sequence[str]) -> tuple[float, float]:
    """Return two shares of bytes: what of the prompts the one before had in the same place, and what each one kept.

    The first prompt of a run has none before it and counts for neither. The second share says whether anything that was
    sent was rewritten: 1.0 means nothing was.
    """
    pairs = [(earlier.encode(), later.encode()) for earlier, later in pairwise(prompts)]
    same = sum(_same_beginning(*pair) for pair in pairs)
    return same / sum(len(later) for _, later in pairs), same / sum(len(earlier) for earlier, _ in pairs)


def _same_beginning(one: bytes, other: bytes) -> int:
    """Return how many bytes two prompts have in common before they differ."""
    if other.startswith(one):
        return len(one)
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def steps_figures(runs: Sequence[MeasuredRun]) -> dict[str, float]:
    """Return what a step costs, over all steps of some runs."""
    steps = [step for run in runs for step in run.steps]
    overhead = sorted(step.overhead_ms for step in steps)
    return {
        "overhead_ms_p50": median(overhead),
        "overhead_ms_min": overhead[0],
        "overhead_ms_p90": overhead[int(len(overhead) * 0.9)],
        "cpu_ms_p50": median(cpu for run in runs for cpu in run.cpu_ms),
        "command_ms_p50": median(step.command_ms for step in steps),
        "command_cpu_ms_p50": median(cpu for run in runs for cpu in run.command_cpu_ms),
        "rss_mb": max(run.rss_mb for run in runs),
    }


def around(values: Iterable[float], step: int, *, width: int) -> float:
    """Return the median of so many values that end with a step, counted from 1."""
    kept = list(values)[max(step - width, 0) : step]
    return median(kept)
