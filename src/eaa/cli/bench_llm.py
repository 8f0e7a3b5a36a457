"""`eaa bench llm`: what a call to a model costs us, beside LiteLLM and bare aiohttp in the same run."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.settings import load_settings
from eaa.wiring.bench_peer import PeerMissing
from eaa.wiring.llm_bench.litellm_home import litellm_python
from eaa.wiring.llm_bench.run import Bench, Figures, bench_llm

_FIGURES = (
    "cpu_us_per_call",
    "calls_per_s",
    "stream_us_per_event",
    "cache_hit_us",
    "failover_503_ms",
    "import_ms",
    "rss_mb",
)
_CONTENDERS = ("eaa", "litellm", "aiohttp")


async def llm(*, python: Path | None, rounds: int, is_json: bool) -> int:
    """Measure all three; without LiteLLM, the other two."""
    missing = ""
    try:
        python = python or await litellm_python(load_settings().home)
    except PeerMissing as error:
        missing = str(error)
    report = _report(await bench_llm(python, rounds=rounds), missing)
    if is_json:
        print_json(report)
        return ExitCode.DONE
    for name in _CONTENDERS:
        figures = ", ".join(f"{key} {value}" for key, value in report[name].items())
        print_line(f"{name}: {figures or 'not measured'}")
    for name, ratio in report["ratios"].items():
        print_line(f"{name}: {ratio}")
    for name, notes in report["notes"].items():
        print_line(f"{name}: " + "; ".join(notes))
    return ExitCode.DONE


def _report(bench: Bench, missing: str) -> dict[str, Any]:
    failures = {**bench.failures, **({"litellm": missing} if missing else {})}
    found: dict[str, Any] = {
        name: {"missing": failures[name]} if name in failures else _rounded(bench.medians[name])
        for name in _CONTENDERS
        if name in failures or name in bench.medians
    }
    found["ratios"] = _ratios(bench.medians)
    found["spread"] = {
        name: {key: [_round(least), _round(most)] for key, (least, most) in spread.items()}
        for name, spread in bench.spreads.items()
    }
    found["notes"] = {name: list(notes) for name, notes in bench.notes.items()}
    found["machine"] = {"cpus": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 1)}
    return found


def _rounded(figures: Figures) -> dict[str, float]:
    return {key: _round(figures[key]) for key in _FIGURES if key in figures}


def _ratios(medians: Mapping[str, Figures]) -> dict[str, float]:
    """Return every figure of a peer by ours; above 1 we are better, for `calls_per_s` below 1."""
    ours = medians.get("eaa", {})
    return {
        f"{name} / eaa, {key}": round(peer[key] / ours[key], 2)
        for name, peer in medians.items()
        if name != "eaa"
        for key in _FIGURES
        if key in peer and ours.get(key)
    }


def _round(value: float) -> float:
    return round(value, 3 if abs(value) < 10 else 1)
