"""The long proofs: runs killed at random moments, every attack, the whole repair catalogue, every fault of a provider.

    python scripts/proof.py [--kills N] [--calls N] [--seed N] [--soak-s N] [--repair-s N] [--every N] [--injected N]
                            [--only durability|matrix|attacks|injections|repair|faults|soak|memory|budgets]

Each writes its page of docs/reference/proof with what it measured, and nothing that it did not.
"""

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.proofs.budgets import CALLERS, PROCESSES, prove_budgets  # noqa: E402  (needs the line above)
from scripts.proofs.faults import fault_table  # noqa: E402  (needs the line above)
from scripts.proofs.injections import injected_one_by_one  # noqa: E402
from scripts.proofs.matrix import kill_matrix  # noqa: E402
from scripts.proofs.memory import MOST_DRIFT_MB, memory_drift  # noqa: E402
from scripts.proofs.soak import soak_for  # noqa: E402
from tests.e2e.support.effect_runs import EffectRuns, effect_runs  # noqa: E402
from tests.e2e.support.real_runs import finished_stages  # noqa: E402
from tests.support.budget_proof import Spending  # noqa: E402

PAGES = ROOT / "docs" / "reference" / "proof"
MOST_KILLS_OF_A_RUN = 5
STAGES = 13
"""Of a run that pushes a branch and opens a pull request."""
LONGEST_WAIT_S = 0.3
"""After a stage's end; a stage that writes to the code host is over sooner."""


def main() -> int:
    """Measure what the arguments select and return 0 when all of it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--matrix-kills", type=int, default=1_000)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only",
        choices=["durability", "matrix", "attacks", "injections", "repair", "faults", "soak", "memory", "budgets"],
    )
    parser.add_argument("--soak-s", type=float, default=600.0)
    parser.add_argument("--repair-s", type=float, default=20.0, help="of one search")
    parser.add_argument("--every", type=int, default=1, help="every n-th fault of the repair catalogue")
    parser.add_argument("--injected", type=int, default=300, help="faults made by machine")
    options = parser.parse_args()
    proofs: dict[str, Callable[[], bool]] = {
        "durability": lambda: prove_durability(options.kills, options.seed),
        "matrix": lambda: prove_matrix(options.matrix_kills, options.seed),
        "attacks": prove_attacks,
        "injections": prove_injections,
        "repair": lambda: prove_repair(options.repair_s, options.every, options.injected),
        "faults": prove_faults,
        "soak": lambda: prove_soak(options.soak_s, options.seed),
        "memory": lambda: prove_memory(options.calls),
        "budgets": lambda: prove_budgets_hold(options.seed),
    }
    ended_well = [prove() for name, prove in proofs.items() if options.only in (None, name)]
    return 0 if all(ended_well) else 1


@dataclass(slots=True)
class Kill:
    """One kill of one run."""

    stages: int
    """That had to end before."""
    after_s: float
    """Since then, or since the start of the process."""
    steps: int
    """That had ended, also in processes before."""
    writes: int
    """That the code host had seen."""


@dataclass(slots=True)
class KilledRun:
    """A run that was killed a few times and then let finish."""

    kills: list[Kill] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    finished: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """The records of the steps that had ended at a kill."""

    def note(self, titles: list[str], records: dict[str, tuple[Any, ...]]) -> None:
        """Compare the records with the earlier ones, and remember those of the steps with these titles."""
        for title, record in self.finished.items():
            if records and records.get(title) != record:
                self.wrongs.append(f"done again: {title}")
        self.finished |= {title: records[title] for title in titles if title in records}
        self.wrongs += [f"not on record: {title}" for title in titles if title not in records]


def prove_durability(kills: int, seed: int) -> bool:
    """Kill runs at random moments, resume them, and look for whatever was lost or done twice."""
    usual_s = _measured_usual_s()
    moments = random.Random(seed)
    killed: list[KilledRun] = []
    while (done := sum(len(run.kills) for run in killed)) < kills:
        run = _killed_run(moments, usual_s, most=min(kills - done, moments.randint(1, MOST_KILLS_OF_A_RUN)))
        killed.append(run)
        told = ", ".join(
            f"stage {kill.stages} + {kill.after_s:.1f} s ({kill.steps} steps, {kill.writes} writes)"
            for kill in run.kills
        )
        print(f"kills {done + len(run.kills)} of {kills}: after {told or 'none'}: {run.wrongs or 'right'}", flush=True)
    wrongs = [f"run {number}: {wrong}" for number, run in enumerate(killed, start=1) for wrong in run.wrongs]
    spread = Counter((kill.steps, kill.writes) for run in killed for kill in run.kills)
    _write(
        "durability",
        "Runs killed at random moments",
        f"Each run takes an issue of a loopback code host to a pushed branch and a pull request there. Its process "
        f"group was killed (SIGKILL) at random moments, half of them drawn evenly from the {usual_s:.1f} s that a run "
        f"took here without a kill, half evenly from its {STAGES} stages; it was resumed, killed again up to "
        f"{MOST_KILLS_OF_A_RUN} times in all, and then let finish. Right means: "
        f"verdict done, one run, two confirmed effects, on the code host one new branch written once and one pull "
        f"request opened once, the checkout untouched, and no finished step done again.",
        [
            f"Seed: {seed}",
            f"Kills: {kills}, of {len(killed)} runs",
            f"Runs that ended before their first kill, also looked at: {sum(not run.kills for run in killed)}",
            f"Wrong: {len(wrongs)}",
            *wrongs,
        ],
        [
            "| Steps done at the kill | Writes on the host | Kills |",
            "| ---: | ---: | ---: |",
            *(f"| {steps} | {writes} | {count} |" for (steps, writes), count in sorted(spread.items())),
        ],
    )
    return not wrongs


def prove_matrix(kills: int, seed: int) -> bool:
    """Let each process die at each point of its work, and at random moments."""
    found = kill_matrix(kills=kills, seed=seed)
    wrongs = [wrong for matrix in found for wrong in matrix.wrongs]
    _write(
        "durability",
        "Processes that die",
        "Each process was ended (SIGKILL, by itself) before and after each thing that it puts on record or does to the "
        "outside, while it worked on a task; a live peer went on, or the same service started again. A gateway died "
        "while two tasks were delivered to three replicas, three times each and in any order. Then processes of "
        "installations of four each were killed at random moments, some frozen for 11 s instead, while tasks came "
        "in. Everything is as `eaa serve` runs it but the toolchain and the fixer, which take milliseconds "
        "(`tests/matrix`). *Lost*: an acknowledged task is not on record or did not end *done* with its branch. "
        "*Doubled*: a branch, effect, end, run or task beyond one for each intent. *Unfinished*: not over after 90 s.",
        [f"Seed: {seed}", f"Wrong: {len(wrongs)}", *wrongs],
        [
            "| process that dies | cells | lost | doubled | unfinished |",
            "| --- | ---: | ---: | ---: | ---: |",
            *(row for matrix in found for row in matrix.rows()),
        ],
        folder=PAGES.parent,
    )
    return not wrongs


def prove_attacks() -> bool:
    """Run the attacks on the sandbox."""
    command = [sys.executable, "-m", "pytest", "tests/attacks", "-q"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    print(ended.stdout, end="", flush=True)
    counts = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed)", ended.stdout.strip().rpartition("\n")[2])
    if not counts:
        return False
    _write(
        "attacks",
        "Attacks on the sandbox",
        "Each is a test of `tests/attacks`; passed means that the attack failed.",
        [f"{word}: {count}" for count, word in counts],
    )
    return ended.returncode == 0


def prove_injections() -> bool:
    """Let a model obey each injected text alone, in each carrier."""
    found = []
    for one in injected_one_by_one():
        found.append(one)
        print(f"{one.case} in {one.carrier}: {one.wrongs or 'right'}, exit code {one.exit_code}", flush=True)
    wrongs = [f"{one.case} in {one.carrier}: {wrong}" for one in found for wrong in one.wrongs]
    _write(
        "injections",
        "Injected texts that a model obeys",
        "Each text of `tests/attacks/injection/cases.py` was carried to a scripted model alone, in each carrier. Right "
        "means: nothing spoke to a port that nobody has a reason to speak to, no planted secret went anywhere, nothing "
        "outside of the run's one branch and one pull request changed, and both conversations did obey.",
        [f"Runs: {len(found)}", f"Wrong: {len(wrongs)}", *wrongs],
        [],
    )
    return not wrongs


def prove_repair(budget_s: float, every: int, injected: int) -> bool:
    """Measure the repair engine on its catalogue and on faults made by machine."""
    thought_up = _repaired(budget_s, ["--every", str(every)])
    by_machine = _repaired(budget_s, ["--injected", str(injected)])
    if not thought_up or not by_machine:
        return False
    of_catalogue = "all faults" if every == 1 else f"one fault in {every}"
    _write(
        "repair",
        "Repairs",
        f"{of_catalogue.capitalize()} of the catalogue in `examples/repair`, and {injected} faults put into its "
        "programs by machine, those left out that no test notices. Each search had "
        f"{budget_s:g} s and one process, two searches at a time. A repair is correct when held-out tests pass too.",
        [],
        [
            "| | catalogue | by machine |",
            "| --- | ---: | ---: |",
            *(f"| {name} | {one} | {other} |" for name, one, other in _repair_rows(thought_up, by_machine)),
        ],
    )
    return True


def _repaired(budget_s: float, more: list[str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.json"
        command = ["examples/repair/measure.py", "--budget-s", str(budget_s), "--json", str(path), *more]
        ended = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
        found: list[dict[str, Any]] = json.loads(path.read_text()) if ended.returncode == 0 else []
    return found


def _repair_rows(*sets: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    def row(name: str, figure: Callable[[list[dict[str, Any]]], object]) -> tuple[str, ...]:
        return (name, *(str(figure(found)) for found in sets))

    def high(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [fault for fault in found if fault["program"]["confidence"] == "high"]

    yield row("faults", len)
    yield row("a plausible repair found", lambda found: sum(bool(fault["program"]["plausible"]) for fault in found))
    yield row("the best one correct", lambda found: sum(fault["is_correct"] for fault in found))
    yield row("one of those offered correct", lambda found: sum(fault["correct_alternative"] for fault in found))
    yield row("of *high* confidence", lambda found: len(high(found)))
    yield row("of these correct", lambda found: sum(fault["is_correct"] for fault in high(found)))
    yield row(
        "median seconds", lambda found: round(statistics.median(fault["program"]["seconds"] for fault in found), 1)
    )


def prove_faults() -> bool:
    """Let each fault of a provider happen to the orchestrator."""
    found = fault_table()
    _write(
        "faults",
        "Faults of a provider",
        "Each fault happened over real sockets, in each dialect, to a whole answer and to a stream. With two models, "
        "*failed over* means that the other one's answer came whole and exactly once. With one model and no patience "
        "the caller gets the error shown. Either way nothing stays reserved, and usage and budget agree.",
        [f"Asks: {found.asks}", f"Wrong: {len(found.wrongs)}", *found.wrongs],
        list(found.lines),
    )
    return not found.wrongs


def prove_soak(seconds: float, seed: int) -> bool:
    """Let providers fail at random for some time."""
    found = soak_for(seconds, seed)
    _write(
        "soak",
        "Random faults of providers",
        "Callers asked three models on three loopback servers, whole and streamed with each kind of takeover; half of "
        "the requests had a fault, one call in twenty was cancelled. Right means: each call was answered with its own "
        "answer, whole and once, or failed with a typed error; afterwards nothing was reserved, queued, running or "
        "open, and usage and budget agreed.",
        [*found.figures, *found.wrongs],
        list(found.lines),
    )
    return not found.wrongs


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


def prove_budgets_hold(seed: int) -> bool:
    """Let many callers in killed processes spend out of the same budgets."""
    rounds = prove_budgets(seed=seed)
    wrongs = [f"{name}: {fault}" for name, one in rounds.items() for fault in one.faults]
    _write(
        "budgets",
        "Budgets under killed processes",
        f"{PROCESSES * CALLERS} callers in {PROCESSES} processes reserve and settle against the budgets of runs and of "
        "a day, and processes are killed (SIGKILL) at random moments and replaced. Right means: what was paid and what "
        "was counted never pass a limit, nothing paid is left uncounted, and nothing stays reserved.",
        [
            f"Seed: {seed}",
            *(f"{name}: {_figures(one)}" for name, one in rounds.items()),
            f"Wrong: {len(wrongs)}",
            *wrongs,
        ],
    )
    return not wrongs


def _figures(one: Spending) -> str:
    held = (f"{name} paid {one.paid[name]}, counted {one.spent[name]} of {limit}" for name, limit in one.limits.items())
    return f"{one.kills} kills, {one.called} calls, {one.refused} refused; micro-dollars: {'; '.join(held)}"


def _measured_usual_s() -> float:
    with _fresh_runs() as runs:
        started_s = time.monotonic()
        ended = runs.local.eaa(*runs.command)
        if ended.returncode != 0 or runs.wrongs():
            raise SystemExit(f"proof: a run without a kill went wrong: {ended.stderr} {runs.wrongs()}")
        return time.monotonic() - started_s


def _killed_run(moments: random.Random, usual_s: float, *, most: int) -> KilledRun:
    """Kill one run at most so many times, let it finish, and say what was wrong then."""
    with _fresh_runs() as runs:
        told, command, states = KilledRun(), runs.command, list[str]()
        while len(told.kills) < most and states != ["done"]:
            stages, after_s = _moment(moments, usual_s)
            with runs.local.started(*command) as process:
                seen = process.lines_of_stages(stages)
                process.wait_at_most(after_s)
                is_killed = process.process.poll() is None
                finished = finished_stages([*seen, *process.kill()])
            before = runs.local.steps() if finished else {}
            states = runs.local.states()
            # Killed before it was written down, it is begun again.
            command = ("resume",) if states else runs.command
            told.note(finished, before)
            if is_killed:
                told.kills.append(Kill(stages, after_s, len(finished), len(runs.github.journal)))
            elif process.process.returncode != 0:
                told.wrongs.append(f"ended by itself with {process.process.returncode}")
                break
        if states != ["done"]:
            ended = runs.local.eaa(*command, "--json")
            told.wrongs += [] if ended.returncode == 0 else [f"exit {ended.returncode}: {ended.stderr[-500:]}"]
        told.note([], runs.local.steps())
        told.wrongs += runs.wrongs()
        return told


def _moment(moments: random.Random, usual_s: float) -> tuple[int, float]:
    """Return when to kill: after so many stages have ended, and then after so many seconds.

    Half of the moments are even over the time of a run; as most of that is spent before the first stage ends, the other
    half is even over the stages, among them the writes to the code host.
    """
    if moments.random() < 0.5:
        return 0, moments.uniform(0, usual_s)
    return moments.randrange(1, STAGES), moments.uniform(0, LONGEST_WAIT_S)


@contextmanager
def _fresh_runs() -> Iterator[EffectRuns]:
    with tempfile.TemporaryDirectory(prefix="eaa-proof-") as folder:
        Path(folder).chmod(0o755)
        with effect_runs(Path(folder)) as runs:
            yield runs


def _write(
    name: str, title: str, what: str, figures: list[str], table: list[str] | None = None, *, folder: Path = PAGES
) -> None:
    commit = _git("rev-parse", "HEAD") + (" with uncommitted changes" if _git("status", "--porcelain", "src") else "")
    machine = f"{os.cpu_count()} CPUs, Python {platform.python_version()}"
    facts = [f"Commit: {commit}", f"Machine: {machine}", *figures]
    parts = [f"# {title}", f"Written by `make proof`. {what}", "\n".join(f"- {fact}" for fact in facts)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text("\n\n".join([*parts, *(["\n".join(table)] if table else [])]) + "\n")
    print(f"proof: {name}: {'; '.join(figures)}", flush=True)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
