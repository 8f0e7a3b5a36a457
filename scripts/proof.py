"""The long proofs: runs killed at random moments, every attack, the whole repair catalogue.

    python scripts/proof.py [--kills N] [--calls N] [--seed N] [--only durability|attacks|repair|memory]

Each writes its page of docs/reference/proof with what it measured, and nothing that it did not.
"""

import argparse
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.proofs.memory import MOST_DRIFT_MB, memory_drift  # noqa: E402
from tests.e2e.support.real_runs import RUN, finished_stages, lay_out_runs  # noqa: E402  (needs the line above)

PAGES = ROOT / "docs" / "reference" / "proof"
REPAIR_BUDGET_S = 20


def main() -> int:
    """Measure what the arguments select and return 0 when all of it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["durability", "attacks", "repair", "memory"])
    options = parser.parse_args()
    proofs: dict[str, Callable[[], bool]] = {
        "durability": lambda: prove_durability(options.kills, options.seed),
        "attacks": prove_attacks,
        "repair": prove_repair,
        "memory": lambda: prove_memory(options.calls),
    }
    ended_well = [prove() for name, prove in proofs.items() if options.only in (None, name)]
    return 0 if all(ended_well) else 1


def prove_durability(kills: int, seed: int) -> bool:
    """Kill runs at random moments, resume them, and look for whatever was lost or done twice."""
    usual_s = _measured_usual_s()
    moments = random.Random(seed)
    wrongs: list[str] = []
    finished_before: Counter[int] = Counter()
    number = ended_first = 0
    while number < kills:
        after_s = moments.uniform(0, usual_s)
        is_killed, steps, found = _killed_after(after_s)
        if not is_killed:
            ended_first += 1
            wrongs += [f"ended before its kill: {wrong}" for wrong in found]
            continue
        number += 1
        finished_before[steps] += 1
        wrongs += [f"kill {number}, after {after_s:.1f} s: {wrong}" for wrong in found]
        print(f"kill {number} of {kills} after {after_s:.1f} s, {steps} steps done: {found or 'right'}", flush=True)
    spread = [f"| {steps} | {count} |" for steps, count in sorted(finished_before.items())]
    _write(
        "durability",
        "Runs killed at random moments",
        f"Each run of the demo task was killed with its whole process group (SIGKILL) at a moment drawn evenly from "
        f"the {usual_s:.1f} s that a run took here without a kill, then resumed. Right means: verdict done, one run, "
        f"one confirmed effect, one branch of two commits, the checkout untouched, and no recorded step done again.",
        [
            f"Seed: {seed}",
            f"Kills: {kills}",
            f"Ended before their kill, not counted: {ended_first}",
            f"Wrong: {len(wrongs)}",
            *wrongs,
        ],
        ["| Steps done at the kill | Runs |", "| ---: | ---: |", *spread],
    )
    return not wrongs


def prove_attacks() -> bool:
    """Run the attacks on the sandbox."""
    command = [sys.executable, "-m", "pytest", "tests/attacks", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    print(ended.stdout, end="", flush=True)
    counts = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed)", ended.stdout.strip().rpartition("\n")[2])
    _write(
        "attacks",
        "Attacks on the sandbox",
        "Each is a test of `tests/attacks`; passed means that the attack failed.",
        [f"{word}: {count}" for count, word in counts],
    )
    return ended.returncode == 0


def prove_repair() -> bool:
    """Measure the repair engine on its catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.json"
        command = ["examples/repair/measure.py", "--budget-s", str(REPAIR_BUDGET_S), "--json", str(path)]
        ended = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
        found: list[dict[str, Any]] = json.loads(path.read_text()) if ended.returncode == 0 else []
    if not found:
        return False
    high = [fault for fault in found if fault["program"]["confidence"] == "high"]
    _write(
        "repair",
        "Repairs of the catalogue",
        f"Each fault of `examples/repair` had {REPAIR_BUDGET_S} s. A repair is correct when held-out tests pass too.",
        [
            f"Faults: {len(found)}",
            f"A plausible repair found: {sum(bool(fault['program']['plausible']) for fault in found)}",
            f"The best one correct: {sum(fault['is_correct'] for fault in found)}",
            f"One of those offered correct: {sum(fault['correct_alternative'] for fault in found)}",
            f"Of high confidence: {len(high)}, of these correct: {sum(fault['is_correct'] for fault in high)}",
        ],
    )
    return True


def prove_memory(calls: int) -> bool:
    """Make calls to models until anything that stays behind would show."""
    found = memory_drift(calls)
    _write(
        "memory",
        "Memory over many calls to models",
        "Calls, streams, kept answers and failovers in turn, 16 at once, over loopback sockets. The warm-up fills "
        f"every bounded memory; from its end on resident memory may grow by {MOST_DRIFT_MB:g} MB.",
        [
            f"Warm-up calls: {found.warm_up_calls}",
            f"Calls: {found.calls}",
            f"Growth: {found.drift_mb:.2f} MB",
            f"Left behind: {', '.join(found.left) or 'nothing'}",
        ],
    )
    return found.drift_mb <= MOST_DRIFT_MB and not found.left


def _measured_usual_s() -> float:
    with _place() as folder:
        runs = lay_out_runs(Path(folder))
        started_s = time.monotonic()
        ended = runs.eaa(*RUN)
        if ended.returncode != 0 or runs.wrongs():
            raise SystemExit(f"proof: a run without a kill went wrong: {ended.stderr} {runs.wrongs()}")
        return time.monotonic() - started_s


def _killed_after(after_s: float) -> tuple[bool, int, list[str]]:
    """Return whether a run was still alive at its kill, how many steps it had done, and what was wrong at its end."""
    with _place() as folder:
        runs = lay_out_runs(Path(folder))
        with runs.started(*RUN) as run:
            run.wait_at_most(after_s)
            is_killed = run.process.poll() is None
            finished = finished_stages(run.kill())
        # Killed before it was written down, it is begun again; killed after its end, nothing is left to resume.
        states = runs.states()
        before = runs.steps() if finished else {}
        found: list[str] = []
        if states != ["done"]:
            ended = runs.eaa(*(["resume"] if states else RUN), "--json")
            found += [] if ended.returncode == 0 else [f"exit {ended.returncode}: {ended.stderr[-500:]}"]
        after = runs.steps()
        found += [f"done again: {title}" for title in finished if after.get(title) != before[title]]
        return is_killed, len(finished), [*found, *runs.wrongs()]


def _place() -> "tempfile.TemporaryDirectory[str]":
    place = tempfile.TemporaryDirectory(prefix="eaa-proof-")
    Path(place.name).chmod(0o755)
    return place


def _write(name: str, title: str, what: str, figures: list[str], table: list[str] | None = None) -> None:
    commit = _git("rev-parse", "HEAD") + (" with uncommitted changes" if _git("status", "--porcelain", "src") else "")
    machine = f"{os.cpu_count()} CPUs, Python {platform.python_version()}"
    facts = [f"Commit: {commit}", f"Machine: {machine}", *figures]
    parts = [f"# {title}", f"Written by `make proof`. {what}", "\n".join(f"- {fact}" for fact in facts)]
    PAGES.mkdir(parents=True, exist_ok=True)
    (PAGES / f"{name}.md").write_text("\n\n".join([*parts, *(["\n".join(table)] if table else [])]) + "\n")
    print(f"proof: {name}: {'; '.join(figures)}", flush=True)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
