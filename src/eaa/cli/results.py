"""What a run leaves below EAA_HOME and says at its end."""

from pathlib import Path
from typing import Any

import msgspec

from eaa.cli.output import print_line
from eaa.domain.evidence import Evidence
from eaa.domain.run import Run
from eaa.engine.evidence.record import encode_evidence
from eaa.engine.evidence.words import terminal_lines
from eaa.engine.workflows.order import ChangeResult


def run_folder(home: Path, run_id: str) -> Path:
    """Return where a run's files are."""
    return home / "runs" / run_id


def write_files(home: Path, result: ChangeResult) -> Path | None:
    """Write what a person reads, and return the path of the evidence, None without evidence."""
    folder = run_folder(home, result.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    if result.pull_request is not None:
        text = f"# {result.pull_request.title}\n\n{result.pull_request.body}"
        (folder / "pull-request.md").write_text(text, encoding="utf-8")
    return write_evidence(folder, result.evidence) if result.evidence is not None else None


def write_evidence(folder: Path, evidence: Evidence) -> Path:
    """Write `evidence.json` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "evidence.json"
    path.write_bytes(encode_evidence(evidence))
    return path


def result_json(run: Run, result: ChangeResult, evidence: Path | None, seconds: float) -> dict[str, Any]:
    """Return the one object of `eaa run --json`."""
    record = result.evidence
    return {
        "task": run.task_id,
        "run": run.id,
        "kind": result.kind,
        "verdict": result.verdict,
        "note": result.note,
        "branch": result.branch,
        "base": result.base,
        "head": result.head,
        "pull_request": result.pull_request_address,
        "evidence": str(evidence) if evidence is not None else None,
        "criteria": msgspec.to_builtins(record.criteria) if record is not None else [],
        "questions": msgspec.to_builtins(result.questions),
        "cost_microusd": result.spent.cost_microusd,
        "tokens": msgspec.to_builtins(result.spent.tokens),
        "seconds": round(seconds, 3),
    }


def print_result(result: ChangeResult, evidence: Path | None) -> None:
    """Say what came of a run; the last line is the verdict."""
    if result.evidence is not None:
        for line in terminal_lines(result.evidence):
            print_line(line)
    for question in result.questions:
        print_line(f"question: {question.text}")
        for option in question.options:
            print_line(f"  - {option}")
    for line in result.tried[:20]:
        print_line(f"tried: {line}")
    if result.branch is not None:
        print_line(f"branch: {result.branch}")
    if evidence is not None:
        print_line(f"evidence: {evidence}")
        print_line(f"pull request: {result.pull_request_address or evidence.with_name('pull-request.md')}")
        print_line(f"check it: eaa verify {result.run_id}")
    if result.spent.tokens.input:
        print_line(cost_line(result))
    print_line(f"verdict: {result.verdict}. {result.note}")


def cost_line(result: ChangeResult) -> str:
    """Return what models cost: money, tokens, how many of them were read from a cache, and the price of a criterion."""
    cost, tokens = result.spent.cost_microusd, result.spent.tokens
    criteria = len(result.evidence.criteria) if result.evidence is not None else 0
    each = f", {_usd(cost / criteria)} a criterion" if criteria and cost else ""
    price = f"{_usd(cost)}{each}" if cost else "price unknown or nothing"
    share = 100 * tokens.cached_input // max(tokens.input, 1)
    return f"models: {price}; {tokens.input} tokens in ({share} % from a cache), {tokens.output} out"


def _usd(microusd: float) -> str:
    return f"{microusd / 1_000_000:.4f} USD"
