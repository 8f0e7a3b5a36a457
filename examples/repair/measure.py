"""Measures the repair engine on the catalogue: plausible, correct, precision of high confidence, seconds.

    python examples/repair/measure.py [--budget-s N] [--every N] [--only TEXT] [--json FILE]

A repair is correct when the held-out tests pass with it too.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from lay_out import faulty_source, programs

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.command import Command, Limits, Mount
from eaa.domain.environment import Environment
from eaa.domain.ids import EnvironmentKey
from eaa.engine.repair.bench import BenchedProgram, bench_programs

AT_ONCE = 2


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


async def measure(name: str, program: dict[str, Any], fault: dict[str, str], budget_s: float) -> Measured:
    """Repair one fault and judge the result."""
    source = faulty_source(program, fault)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / f"{name}-{fault['name']}"
        project.mkdir()
        files = {f"{name}.py": source, f"test_{name}.py": program["tests"], **program.get("files", {})}
        for path, text in files.items():
            (project / path).write_text(text)
        report = await bench_programs(
            Path(folder), sandbox=BubblewrapSandbox(), environment=environment(), budget_s=budget_s, processes=1
        )
    benched = report.programs[0]
    repaired = [patched(source, diff) for diff in (benched.diff, *benched.alternatives) if diff]
    verdicts = [await passes(name, text, program) for text in repaired]
    return Measured(
        name=f"{name}-{fault['name']}",
        program=benched,
        is_identical=bool(repaired) and repaired[0] == program["source"],
        is_correct=bool(verdicts) and verdicts[0],
        correct_alternative=any(verdicts),
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
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    every = [(name, program, fault) for name, program in programs() for fault in program["faults"]]
    chosen = [entry for entry in every if options.only in f"{entry[0]}-{entry[2]['name']}"][:: options.every]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, program: dict[str, Any], fault: dict[str, str]) -> Measured:
        async with gate:
            measured = await measure(name, program, fault, options.budget_s)
            _print(measured)
            return measured

    found = await asyncio.gather(*(one(*entry) for entry in chosen))
    _summarise(found)
    if options.json:
        options.json.write_text(json.dumps([asdict(measured) for measured in found], indent=1))


def _print(measured: Measured) -> None:
    program = measured.program
    word = "identical" if measured.is_identical else "correct" if measured.is_correct else "WRONG"
    print(
        f"{measured.name:28} {word if program.plausible else 'nothing':10} {program.confidence or '-':6}"
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


if __name__ == "__main__":
    asyncio.run(main())
