"""`eaa bench …`: measures parts of eaa on this machine. Figures, never a judgement: the exit code is always 0."""

import sys
from dataclasses import asdict

from eaa.adapters.sandbox.probe import choose_sandbox
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import RepairBenchOptions
from eaa.cli.output import print_json, print_line
from eaa.domain.environment import Environment
from eaa.domain.ids import EnvironmentKey
from eaa.engine.repair.bench import BenchedProgram, bench_programs
from eaa.kit.bounded import printable

_ALWAYS_MOUNTED = ("/usr", "/")


async def repair(options: RepairBenchOptions) -> int:
    """Search a repair for every program below a folder; progress goes to stderr as one line a program."""
    report = await bench_programs(
        options.programs,
        sandbox=await choose_sandbox(),
        environment=this_environment(),
        budget_s=options.budget_s,
        progress=_said,
    )
    if options.is_json:
        print_json({"programs": [_program(program) for program in report.programs]})
        return ExitCode.DONE
    plausible = sum(program.plausible for program in report.programs)
    print_line(f"{plausible} of {len(report.programs)} programs have a repair with which all their tests pass")
    return ExitCode.DONE


async def sandbox(*, is_json: bool) -> int:
    """Measure the sandbox that works here."""
    from eaa.adapters.sandbox.bench import bench_sandbox

    figures = asdict(await bench_sandbox(await choose_sandbox()))
    if is_json:
        print_json(figures)
        return ExitCode.DONE
    for name, value in figures.items():
        print_line(f"{name}: {value}")
    return ExitCode.DONE


def this_environment() -> Environment:
    """Return the interpreter that runs eaa, as an environment: programs use what is installed beside it."""
    prefixes = sorted({sys.prefix, sys.base_prefix})
    return Environment(
        key=EnvironmentKey("bench"),
        toolchain="python",
        recipe="the interpreter that runs eaa",
        interpreter=sys.executable,
        interpreter_version=".".join(map(str, sys.version_info[:3])),
        mounts=tuple((prefix, prefix) for prefix in prefixes if prefix not in _ALWAYS_MOUNTED),
    )


def _program(program: BenchedProgram) -> dict[str, object]:
    return {
        "name": program.name,
        "plausible": program.plausible,
        "confidence": program.confidence.value if program.confidence else None,
        "seconds": program.seconds,
        "diff": program.diff,
        "alternatives": list(program.alternatives),
    } | ({"note": program.note} if program.note else {})


def _said(program: BenchedProgram) -> None:
    word = f"repaired ({program.confidence.value})" if program.confidence else "nothing found"
    note = f", {program.note}" if program.note else ""
    sys.stderr.write(printable(f"{program.name}: {word} in {program.seconds:.1f} s{note}") + "\n")
