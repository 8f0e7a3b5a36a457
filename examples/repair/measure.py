"""Measures the repair engine on the catalogue: plausible, correct, precision of high confidence, seconds.

    python examples/repair/measure.py [--budget-s N] [--every N] [--only TEXT] [--injected N --seed S] [--json FILE]

A repair is correct when the held-out tests pass with it too. `--injected N` measures faults made by machine instead.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from inject import injected, plain
from lay_out import faulty_source, programs

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.command import Command, Limits, Mount
from eaa.domain.environment import Environment
from eaa.domain.ids import EnvironmentKey
from eaa.engine.repair.bench import BenchedProgram, bench_programs


@dataclass(frozen=True)
class Measured:
    """One fault."""

    name: str
    program: BenchedProgram
    is_identical: bool
    """The repaired text is the original text."""
    is_correct: bool
    correct_alternative: bool
    """Some repair offered, the best or an alternative, is correct."""


def environment() -> Environment:
    """Return the environment of this interpreter."""
    mounts = tuple((prefix, prefix) for prefix in {sys.prefix, sys.base_prefix} if prefix != "/usr")
    version = ".".join(map(str, sys.version_info[:3]))
    return Environment(EnvironmentKey("examples"), "python", "this interpreter", sys.executable, version, mounts)


@dataclass(frozen=True)
class Fault:
    """One faulty program."""

    name: str
    module: str
    program: dict[str, Any]
    source: str
    original: str


def catalogue() -> list[Fault]:
    """Return the faults that people thought up."""
    return [
        Fault(f"{name}-{fault['name']}", name, program, faulty_source(program, fault), program["source"])
        for name, program in programs()
        for fault in program["faults"]
    ]


def by_machine(count: int, seed: int) -> list[Fault]:
    """Return injected faults; those that no test notices are left out when they are measured."""
    every = injected(programs(), seed=seed)
    return [
        Fault(f"{module}-{fault}", module, program, source, plain(program))
        for module, program, fault, source in islice(every, count)
    ]


async def measure(fault: Fault, budget_s: float) -> Measured:
    """Repair one fault and judge the result."""
    name, program, source = fault.module, fault.program, fault.source
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / fault.name
        project.mkdir()
        files = {f"{name}.py": source, f"test_{name}.py": program["tests"], **program.get("files", {})}
        for path, text in files.items():
            (project / path).write_text(text)
        report = await bench_programs(
            Path(folder), sandbox=BubblewrapSandbox(), environment=environment(), budget_s=budget_s, processes=1
        )
    benched = report.programs[0]
    repaired = [patched(source, diff) for diff in (benched.diff, *benched.alternatives) if diff]
    right = -1
    for index, text in enumerate(repaired):
        if text == fault.original or await passes(name, text, program):
            right = index
            break
    return Measured(
        name=fault.name,
        program=benched,
        is_identical=bool(repaired) and repaired[0] == fault.original,
        is_correct=right == 0,
        correct_alternative=right >= 0,
    )


def patched(source: str, diff: str) -> str:
    """Apply a unified diff of one file."""
    lines, result, position = source.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if line.startswith("@@"):
            start = int(line.split()[1].split(",")[0][1:])
            result += lines[position : start - 1]
            position = start - 1
        elif line.startswith("+"):
            result.append(line[1:])
        elif line.startswith(("-", " ")):
            result += lines[position : position + 1] if line.startswith(" ") else []
            position += 1
    return "".join(result + lines[position:])


async def passes(name: str, text: str, program: dict[str, Any]) -> bool:
    """Return whether the held-out tests pass."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        root.mkdir()
        files = {f"{name}.py": text, "test_held_out.py": program["held_out"], **program.get("files", {})}
        for path, content in files.items():
            (root / path).write_text(content)
        here = environment()
        command = Command(
            argv=(here.interpreter, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_held_out.py"),
            mounts=tuple(Mount(Path(source), target) for source, target in here.mounts),
            limits=Limits(wall_s=20),
        )
        return (await BubblewrapSandbox().run(command, root=root)).is_success


async def main() -> None:
    """Measure what the arguments select and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget-s", type=float, default=20.0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--injected", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    every = by_machine(options.injected, options.seed) if options.injected else catalogue()
    chosen = [fault for fault in every if options.only in fault.name][:: options.every]
    gate = asyncio.Semaphore(options.at_once)

    async def one(fault: Fault) -> Measured:
        async with gate:
            measured = await measure(fault, options.budget_s)
            _print(measured)
            return measured

    measured = await asyncio.gather(*(one(fault) for fault in chosen))
    found = [one for one in measured if one.program.note not in _UNNOTICED]
    _summarise(found)
    if options.json:
        options.json.write_text(json.dumps([asdict(measured) for measured in found], indent=1))


_UNNOTICED = ("no test fails", "no test fails steadily")


def _print(measured: Measured) -> None:
    program = measured.program
    word = "identical" if measured.is_identical else "correct" if measured.is_correct else "WRONG"
    print(
        f"{measured.name:30} {word if program.plausible else 'nothing':10} {program.confidence or '-':6}"
        f" {program.seconds:6.1f} s  +{len(program.alternatives)} {program.note}",
        flush=True,
    )
    if program.plausible and not measured.is_correct:
        print(program.diff, flush=True)


def _summarise(found: list[Measured]) -> None:
    plausible = [measured for measured in found if measured.program.plausible]
    correct = [measured for measured in found if measured.is_correct]
    high = [measured for measured in found if measured.program.confidence == "high"]
    seconds = [measured.program.seconds for measured in found]
    print(
        f"{len(found)} faults: plausible {len(plausible)}, best correct {len(correct)},"
        f" some correct {sum(measured.correct_alternative for measured in found)},"
        f" high {len(high)} of which correct {sum(measured.is_correct for measured in high)},"
        f" median {statistics.median(seconds or [0]):.1f} s"
    )
    doubts = Counter(
        reason.lstrip("✗ 0123456789") for one in correct for reason in one.program.reasons if reason.startswith("✗")
    )
    for reason, count in doubts.most_common():
        print(f"{count:5} correct ones were no high because: {reason}")


if __name__ == "__main__":
    asyncio.run(main())
