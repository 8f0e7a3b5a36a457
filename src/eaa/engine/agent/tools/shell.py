"""Commands and searches, in the sandbox: offline, bounded in time, memory and output."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eaa.domain.command import MEBIBYTE, Command, CommandEnd, CommandResult, Limits
from eaa.domain.environment import Environment
from eaa.domain.errors import ToolRefused
from eaa.domain.project import Project
from eaa.engine.agent.output import shorten, visible
from eaa.engine.agent.paths import workspace_path
from eaa.engine.agent.tools.outcome import Outcome
from eaa.ports.sandbox import Sandbox
from eaa.ports.toolchain import Toolchain

DEFAULT_TIMEOUT_S = 120
_OUTPUT_BYTES = 8 * MEBIBYTE
_SEARCH_LIMITS = Limits(wall_s=30.0, output_bytes=256 * 1024)
_LONGEST_ARGUMENT = 100_000
"""Linux takes 128 KiB for one."""
_KEPT_CHARACTERS = 64 * MEBIBYTE
_NO_MATCH, _FAILED = 1, 2
_NOT_SEARCHED = (".git", "__pycache__", "node_modules", ".venv", ".mypy_cache", ".pytest_cache")
_START = 'exec 2>&1; if command -v bash >/dev/null; then exec bash -c "$1"; fi; exec sh -c "$1"'
"""Both streams in the order in which they were written."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Where commands run and what they find there."""

    sandbox: Sandbox
    toolchain: Toolchain
    environment: Environment
    project: Project
    root: Path

    async def run(self, arguments: Mapping[str, Any]) -> Outcome:
        """Run a command with the project's environment.

        Raises:
            ToolRefused: It cannot be given to a program.
            SandboxUnavailable: Nothing ran.
        """
        script = _passable("command", arguments["command"])
        wall_s = int(arguments.get("timeout_s", DEFAULT_TIMEOUT_S))
        limits = Limits(wall_s=float(wall_s), cpu_s=max(300, wall_s + 1), output_bytes=_OUTPUT_BYTES)
        argv = ("sh", "-c", _START, "sh", script)
        command = self.toolchain.command(self.environment, self.project, argv, limits=limits)
        result = await self.sandbox.run(command, root=self.root)
        return _told(_how(result, wall_s), _printed(result), result.exit_code, is_error=not result.is_success)

    async def search(self, arguments: Mapping[str, Any]) -> Outcome:
        """Search files.

        Raises:
            ToolRefused: The path leaves the workspace or is not there, or the pattern is none.
            SandboxUnavailable: Nothing ran.
        """
        pattern = _passable("pattern", arguments["pattern"])
        path = workspace_path(str(arguments.get("path") or "."))
        how = "-F" if arguments.get("is_text") else "-E"
        skipped = [f"--exclude-dir={name}" for name in _NOT_SEARCHED]
        argv = ("grep", "-rnHIs", how, *skipped, "-e", pattern, "--", path)
        result = await self.sandbox.run(Command(argv=argv, limits=_SEARCH_LIMITS), root=self.root)
        found = result.stdout.text(limit_characters=_KEPT_CHARACTERS).rstrip("\n")
        if result.exit_code == _NO_MATCH:
            return Outcome(f"no match in {path}")
        if result.exit_code == _FAILED and not found:
            said = visible(result.stderr.text(limit_characters=500)).strip()
            because = said.removeprefix("grep: ") or f"there is no {path}"
            raise ToolRefused(f"nothing was searched: {because}; set is_text to take the pattern literally")
        lines = found.replace("\n./", "\n").removeprefix("./")
        ended = "" if result.end is CommandEnd.EXITED else f"ended early: {result.end.value}"
        return _told(ended, lines, None, is_error=False)


def _passable(name: str, said: object) -> str:
    """Return a text that a program can be given as an argument."""
    text = str(said)
    if "\0" in text or len(text.encode(errors="replace")) > _LONGEST_ARGUMENT:
        raise ToolRefused(f"the {name} is too long or holds a zero byte; put it into a file with `edit` and run that")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ToolRefused(f"the {name} holds characters that are no text") from error
    return text


def _how(result: CommandResult, wall_s: int) -> str:
    match result.end:
        case CommandEnd.EXITED:
            return f"exit code {result.exit_code}"
        case CommandEnd.TIMED_OUT:
            return f"no exit code: timed out after {wall_s} s, every process was killed"
        case _:
            return f"no exit code: ended from outside, {result.end.value}"


def _printed(result: CommandResult) -> str:
    streams = (result.stdout, result.stderr)
    return "\n".join(
        text for stream in streams if (text := stream.text(limit_characters=_KEPT_CHARACTERS).rstrip("\n"))
    )


def _told(how: str, output: str, exit_code: int | None, *, is_error: bool) -> Outcome:
    shown, is_cut = shorten(output)
    if is_cut:
        shown += "\n[shortened; use head, tail, grep or a file for the rest]"
    text = "\n".join(part for part in (how, visible(shown)) if part)
    if not output:
        text = f"{how}, no output" if how else "nothing"
    return Outcome(text, is_error=is_error, exit_code=exit_code, whole=output if is_cut else None)
