"""The fixer that searches: it needs failing tests, no model."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from typing_extensions import override

import eaa.engine.repair.host as host
from eaa.domain.command import Command, CommandResult, Limits, Mount
from eaa.domain.fix import Confidence, Fix, FixRequest, FixResult, Suspect
from eaa.domain.repository import FileChange, FileMode
from eaa.engine.repair.confidence import judge
from eaa.engine.repair.protocol import REPLY_BYTES, HostAnswer, HostRepair, HostRequest, decode_answer
from eaa.ports.fixer import Fixer
from eaa.ports.sandbox import Sandbox

MOST_FIXES = 6
"""The best one and up to five alternatives."""
_HOST_FOLDER = "/eaa"
_HOST_MODULE = "eaa_repair_host"
_WORKSPACE = "/src"
_MARGIN_S = 20.0
_WORKER_BYTES = 2 << 30
_TEST_FILE_BYTES = 1_000_000


class SearchFixer(Fixer):
    """Tries small changes at suspicious places until the tests pass."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    @override
    def name(self) -> str:
        return "search"

    @override
    async def fix(self, request: FixRequest) -> FixResult:
        with tempfile.TemporaryDirectory(prefix="eaa-repair-") as folder:
            # Tests write where they like; the workspace itself stays as it was.
            root = Path(folder) / "workspace"
            await asyncio.to_thread(shutil.copytree, request.workspace.root, root, symlinks=True)
            result = await self._sandbox.run(_command(request), root=root)
        answer = decode_answer(result.stdout.head + result.stdout.tail)
        if answer is None:
            return FixResult(
                fixes=(),
                suspects=(),
                distinguishing_input=None,
                candidates_tried=0,
                seconds=result.duration_s,
                note=_no_answer(result),
            )
        return await asyncio.to_thread(_result, request, answer)


def _command(request: FixRequest) -> Command:
    environment = request.environment
    variables = dict(environment.variables)
    inherited = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = f"{_HOST_FOLDER}:{inherited}" if inherited else _HOST_FOLDER
    variables |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    # Threads of C libraries do not survive a fork; without them the quick way is open.
    variables |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    mounts = [Mount(source=Path(source), target=target) for source, target in environment.mounts]
    mounts.append(Mount(source=Path(host.__file__).parent, target=f"{_HOST_FOLDER}/{_HOST_MODULE}"))
    return Command(
        argv=(environment.interpreter, "-m", _HOST_MODULE),
        environment=variables,
        stdin=msgspec.json.encode(_host_request(request)),
        mounts=tuple(mounts),
        limits=Limits(
            wall_s=request.budget_s + _MARGIN_S,
            cpu_s=int((request.budget_s + _MARGIN_S) * (request.processes + 1)),
            memory_bytes=_WORKER_BYTES * (request.processes + 1),
            output_bytes=REPLY_BYTES,
        ),
    )


def _host_request(request: FixRequest) -> HostRequest:
    suite = request.suite
    return HostRequest(
        root=_WORKSPACE,
        suite_root=suite.root,
        framework=suite.framework,
        import_roots=suite.import_roots,
        suspects=_speakable(request.suspect_paths),
        test_paths=_speakable(suite.test_paths),
        failing=_speakable(request.failing),
        passing=_speakable(request.passing),
        budget_s=request.budget_s,
        processes=request.processes,
        memory_bytes=_WORKER_BYTES,
    )


def _speakable(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are UTF-8: git knows others, the protocol does not."""
    return tuple(name for name in names if name == name.encode(errors="ignore").decode())


def _no_answer(result: CommandResult) -> str:
    printed = result.stderr.text(limit_characters=400).strip()
    last = printed.splitlines()[-1] if printed else "it printed nothing"
    return f"the search did not answer ({result.end}, exit code {result.exit_code}): {last}"


def _result(request: FixRequest, answer: HostAnswer) -> FixResult:
    allowed = set(request.suspect_paths)
    repairs = [repair for repair in answer.repairs if repair.path in allowed][:MOST_FIXES]
    tests = [_read(request.workspace.root / path) for path in request.suite.test_paths]
    fixes = tuple(_fix(request, repair, answer, tests, is_best=repair is repairs[0]) for repair in repairs)
    return FixResult(
        fixes=fixes,
        suspects=tuple(Suspect(path, line, score, symbol) for path, line, score, symbol in answer.suspects[:30]),
        distinguishing_input=answer.distinguishing,
        candidates_tried=answer.tried,
        seconds=answer.seconds,
        note="" if fixes else answer.note or "no candidate passed",
    )


def _fix(request: FixRequest, repair: HostRepair, answer: HostAnswer, tests: list[str], *, is_best: bool) -> Fix:
    path = request.workspace.root / repair.path
    confidence, reasons = judge(repair, answer, before=_read(path), tests=tests)
    is_executable = path.is_file() and bool(path.stat().st_mode & 0o100)
    mode = FileMode.EXECUTABLE if is_executable else FileMode.REGULAR
    return Fix(
        changes=(FileChange(path=repair.path, content=repair.text.encode(), mode=mode),),
        diff=repair.diff,
        operator=repair.operator,
        confidence=confidence if is_best else Confidence.DRAFT,
        reasons=reasons if is_best else (*reasons, "✗ another repair is preferred"),
    )


def _read(path: Path) -> str:
    """Return a file's text for comparison; what cannot be read compares as empty."""
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(_TEST_FILE_BYTES).decode(errors="replace")
    except OSError:
        return ""
