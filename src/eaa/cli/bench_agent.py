"""`eaa bench agent`: what a step of an agent costs us, beside mini-swe-agent on the same scripted model."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.settings import load_settings
from eaa.wiring.agent_bench.mini_home import mini_python
from eaa.wiring.agent_bench.run import Bench, Lengths, bench_agent
from eaa.wiring.bench_peer import PeerMissing

_CONTENDERS: Final = ("eaa", "mini")
_COMPARED: Final = (
    """The model is scripted: no model is asked. Both are given the same words and run the same commands.""",
    """overhead_ms: from the moment an answer was written to the moment the next prompt was whole, without the \
command. The scripted model's own time is in none of it.""",
    """cpu_ms: between two commands, of the agent's process and of what it starts.""",
    """command_ms: from asking for a command to holding its result: ours in the sandbox, mini's in a plain shell. \
command_cpu_ms: of the agent's own process in that time.""",
    """eaa keeps every step durably before the next (synced transactions; a commit when files changed). mini does not: \
it writes its conversation anew to a file, unsynced. mini is measured as its leanest agent, without a screen.""",
    """start_s: from starting `eaa run` and `mini` to the first prompt, the second start in one home; first_start_s: \
the first one, which makes the database. own_tests_s: the runs of the project's own tests that only eaa makes before \
it asks anybody; they are in neither.""",
    """tokens: tools and messages of all prompts together. prefix_share: of their bytes, those that were in the same \
place of the prompt before; prefix_kept: of each prompt, what the next one begins with.""",
)
_LIMITS: Final[Mapping[str, float]] = {
    "overhead_ms_p50": 12,
    "cpu_ms_p50": 5,
    "start_s": 1.0,
    "rss_mb": 120,
    "tokens_10_steps": 15_000,
    "tokens_40_steps": 120_000,
}
"""At most (DESIGN §11)."""
_LEAST: Final[Mapping[str, float]] = {"prefix_share": 0.95}


async def agent(*, python: Path | None, rounds: int, lengths: tuple[int, int, int], is_json: bool) -> int:
    """Measure both; without mini-swe-agent, ours alone."""
    missing = ""
    try:
        python = python or await mini_python(load_settings().home)
    except PeerMissing as error:
        missing = str(error)
    bench = await bench_agent(python, rounds=rounds, lengths=Lengths(*lengths), said=_said)
    report = report_of(bench, missing)
    if is_json:
        print_json(report)
        return ExitCode.DONE
    for line in _COMPARED:
        print_line(line)
    for name in (*_CONTENDERS, "one long run of ours"):
        figures = report["flatness"] if name not in _CONTENDERS else report[name]
        said = ", ".join(f"{key} {value}" for key, value in figures.items())
        print_line(f"{name}: {said or 'not measured'}")
    for name, ratio in report["ratios"].items():
        print_line(f"{name}: {ratio}")
    for name, found in report["targets"].items():
        print_line(f"target {name}: {found['target']}, found {found['found']}, {'met' if found['met'] else 'missed'}")
    return ExitCode.DONE


def report_of(bench: Bench, missing: str = "") -> dict[str, Any]:
    """Return the report; `missing` says why there is no peer."""
    failures = {**bench.failures, **({"mini": missing} if missing else {})}
    found: dict[str, Any] = {
        name: {"missing": failures[name]} if name in failures else _rounded(bench.figures[name])
        for name in _CONTENDERS
        if name in failures or name in bench.figures
    }
    ours = bench.figures.get("eaa", {})
    found["flatness"] = _rounded(bench.flatness)
    found["ratios"] = _ratios(ours, bench.figures.get("mini", {}))
    found["targets"] = _targets(ours)
    found["compared"] = list(_COMPARED)
    found["token_counter"] = bench.token_counter
    found["machine"] = {"cpus": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 1)}
    return found


def _ratios(ours: Mapping[str, float], peer: Mapping[str, float]) -> dict[str, float]:
    """Return the peer's figures by ours; above 1 we are better. What only one of them does has none."""
    apart = ("own_tests_s", "prefix_share", "prefix_kept")
    return {
        f"mini / eaa, {key}": round(value / ours[key], 2)
        for key, value in peer.items()
        if key not in apart and ours.get(key)
    }


def _targets(ours: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    most = {name: (limit, ours[name] <= limit) for name, limit in _LIMITS.items() if name in ours}
    least = {name: (limit, ours[name] >= limit) for name, limit in _LEAST.items() if name in ours}
    return {
        name: {"target": limit, "found": _round(ours[name]), "met": is_met}
        for name, (limit, is_met) in (most | least).items()
    }


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: _round(value) for name, value in figures.items()}


def _round(value: float) -> float:
    return round(value, 3 if abs(value) < 10 else 1)


def _said(what: str) -> None:
    sys.stderr.write(f"{what} …\n")
