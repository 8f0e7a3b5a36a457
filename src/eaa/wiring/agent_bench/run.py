"""The run: one scripted model, both contenders in turns, every run in a process and a folder of its own."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from eaa.engine.brief import estimate_tokens
from eaa.wiring.agent_bench import counting
from eaa.wiring.agent_bench.figures import MeasuredRun, around, prefix_shares, steps_figures
from eaa.wiring.agent_bench.processes import Contender, ContenderFailed, ScriptedServer, Startup, open_server

ESTIMATE: Final = "one token for three bytes"
EARLY_STEP: Final = 40
_WINDOW: Final = 20
"""Steps over which a figure is taken at one place of a long run."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many answers of the model each script has."""

    short: int = 10
    long: int = 40
    longest: int = 500
    """Of small steps, on our side only."""


@dataclass(slots=True)
class Measured:
    """What one contender did."""

    short: list[MeasuredRun] = field(default_factory=list)
    long: list[MeasuredRun] = field(default_factory=list)
    startups: list[Startup] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured."""

    figures: dict[str, dict[str, float]]
    """By contender and name, the unit in the name."""
    flatness: dict[str, float]
    """Of one long run of ours, early and late."""
    failures: dict[str, str]
    """Contenders that could not be measured, and why."""
    token_counter: str
    """With what tokens were counted, the same for both."""


async def bench_agent(
    mini_python: Path | None,
    *,
    rounds: int = 3,
    lengths: Lengths | None = None,
    said: Callable[[str], None] = lambda _: None,
) -> Bench:
    """Measure eaa and, where it is installed, mini-swe-agent.

    Args:
        mini_python: An interpreter that has mini-swe-agent; None leaves it out.
        rounds: How often everything but the longest run is measured.
        lengths: Of the scripts; the usual ones when None.
        said: Told what is being measured.
    """
    lengths = lengths or Lengths()
    contenders = [Contender("eaa", Path(sys.executable))]
    if mini_python is not None:
        contenders.append(Contender("mini", mini_python))
    measured = {contender.name: Measured() for contender in contenders}
    with tempfile.TemporaryDirectory(prefix="eaa-bench-") as name:
        folder = Path(name)
        async with open_server() as server:
            for number in range(rounds):
                said(f"round {number + 1} of {rounds}")
                for contender in contenders:
                    await _one_round(contender, measured[contender.name], folder, server, lengths)
            said(f"{lengths.longest} steps")
            flatness = await _flatness(contenders[0], measured["eaa"], folder, server, lengths.longest)
        whole = {name: one for name, one in measured.items() if not one.failure}
        counts, counter = await _counted(whole, mini_python if "mini" in whole else None, folder)
    return Bench(
        figures={name: _figures(one, counts[name], lengths) for name, one in whole.items()},
        flatness=flatness,
        failures={name: one.failure for name, one in measured.items() if one.failure},
        token_counter=counter,
    )


async def _one_round(
    contender: Contender, one: Measured, folder: Path, server: ScriptedServer, lengths: Lengths
) -> None:
    """Measure a contender once; one that failed is left alone from then on, and the other goes on."""
    if one.failure:
        return
    try:
        one.startups.append(await contender.start(folder, server))
        one.short.append(await contender.measure(folder, server, steps=lengths.short))
        one.long.append(await contender.measure(folder, server, steps=lengths.long))
    except ContenderFailed as error:
        one.failure = str(error)


async def _flatness(
    ours: Contender, one: Measured, folder: Path, server: ScriptedServer, steps: int
) -> dict[str, float]:
    if one.failure:
        return {}
    try:
        run = await ours.measure(folder, server, steps=steps, is_small=True)
    except ContenderFailed as error:
        one.failure = str(error)
        return {}
    early, late = min(EARLY_STEP, steps - 1), steps - 1
    overhead = [step.overhead_ms for step in run.steps]
    return {
        "early_step": early,
        "late_step": late + 1,
        "overhead_ms_early": around(overhead, early, width=_WINDOW),
        "overhead_ms_late": around(overhead, late, width=_WINDOW),
        "cpu_ms_early": around(run.cpu_ms, early, width=_WINDOW),
        "cpu_ms_late": around(run.cpu_ms, late, width=_WINDOW),
        "prompt_bytes_early": run.sent_bytes[early],
        "prompt_bytes_late": run.sent_bytes[late],
        "rss_mb": run.rss_mb,
    }


def _figures(one: Measured, counts: tuple[int, int], lengths: Lengths) -> dict[str, float]:
    prefix, kept = prefix_shares(one.long[-1].prompts)
    return {
        **steps_figures([*one.short, *one.long]),
        "start_s": median(startup.start_s for startup in one.startups),
        "first_start_s": median(startup.first_start_s for startup in one.startups),
        "own_tests_s": median(startup.own_tests_s for startup in one.startups),
        f"tokens_{lengths.short}_steps": counts[0],
        f"tokens_{lengths.long}_steps": counts[1],
        "prefix_share": prefix,
        "prefix_kept": kept,
    }


async def _counted(
    measured: dict[str, Measured], python: Path | None, folder: Path
) -> tuple[dict[str, tuple[int, int]], str]:
    """Return the tokens of all prompts of the last short and the last long run of each, and how they were counted."""
    texts = {name: (one.short[-1].prompts, one.long[-1].prompts) for name, one in measured.items()}
    if python is None:
        return {name: (_estimated(short), _estimated(long)) for name, (short, long) in texts.items()}, ESTIMATE
    file = folder / "texts.json"
    flat = [text for pair in texts.values() for prompts in pair for text in prompts]
    await asyncio.to_thread(file.write_text, json.dumps(flat), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        str(python), counting.__file__, str(file), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        return {name: (_estimated(short), _estimated(long)) for name, (short, long) in texts.items()}, ESTIMATE
    counts = iter(json.loads(output))
    return {name: (_next(counts, short), _next(counts, long)) for name, (short, long) in texts.items()}, (
        counting.VOCABULARY
    )


def _next(counts: Iterator[int], prompts: Sequence[str]) -> int:
    return sum(next(counts) for _ in prompts)


def _estimated(prompts: Sequence[str]) -> int:
    return sum(map(estimate_tokens, prompts))
