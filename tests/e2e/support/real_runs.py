"""Runs of `eaa` as real processes on a demo project, to be killed, interrupted and resumed."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
PROJECT = ROOT / "examples" / "demo" / "told-in-words"
COMMANDS_S = 240
RUN = ("run", "issue.md", "--repo", ".", "--offline")


@dataclass(frozen=True, slots=True)
class RealRuns:
    """A repository of its own, and an EAA_HOME of its own."""

    repository: Path
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    """What else the commands find in their environment."""

    def eaa(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [*_COMMAND, *words],
            cwd=self.repository,
            env=environment_of(self),
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMANDS_S,
        )

    @contextmanager
    def started(self, *words: str) -> Iterator["Started"]:
        """Start a command in a session of its own; whatever is left of it is killed at the end of the block."""
        process = subprocess.Popen(
            [*_COMMAND, *words],
            cwd=self.repository,
            env=environment_of(self),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                yield Started(process)
            finally:
                _kill(process)

    def git(self, *words: str) -> str:
        """Return what a git command prints."""
        return subprocess.run(
            ["git", *words], cwd=self.repository, check=True, capture_output=True, text=True
        ).stdout.strip()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        with closing(sqlite3.connect(self.home / "eaa.sqlite", timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def states(self) -> list[str]:
        """Return the states of the runs; none when the database was not made yet."""
        if not (self.home / "eaa.sqlite").exists():
            return []
        tables = self.rows("SELECT name FROM sqlite_master WHERE name = 'runs'")
        return [state for (state,) in self.rows("SELECT state FROM runs")] if tables else []

    def steps(self) -> dict[str, tuple[Any, ...]]:
        """Return the recorded steps by their titles."""
        return {row[0]: row for row in self.rows("SELECT name, sequence, output, started_at, ended_at FROM steps")}

    def wrongs(self) -> list[str]:
        """Say what is not as it must be after a run that ended well: once published, the checkout untouched."""
        branches = self.git("for-each-ref", "--format=%(refname:short)", "refs/heads/eaa/").split()
        counted = {
            "runs": (self.rows("SELECT state, verdict FROM runs"), [("done", "done")]),
            "effects": (self.rows("SELECT kind, state FROM effects"), [("publish branch", "confirmed")]),
            "branches": (len(branches), 1),
            "commits": ([self.git("rev-list", "--count", f"main..{name}") for name in branches], ["2"]),
            "checkout": (self.git("status", "--porcelain"), ""),
            "current branch": (self.git("branch", "--show-current"), "main"),
            "commits on main": (self.git("rev-list", "--count", "main"), "1"),
        }
        return [f"{name}: {found}, not {due}" for name, (found, due) in counted.items() if found != due]


@dataclass(frozen=True, slots=True)
class Started:
    """A command that runs."""

    process: "subprocess.Popen[str]"

    def lines_until(self, beginning: str) -> list[str]:
        """Return the lines of stderr up to the first that begins so.

        Raises:
            AssertionError: It ended before.
        """
        assert self.process.stderr is not None
        seen: list[str] = []
        for line in self.process.stderr:
            seen.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return seen
        raise AssertionError(f"ended before {beginning!r}: {seen}")

    def lines_of_stages(self, number: int) -> list[str]:
        """Return the lines of stderr until so many stages have ended, or all of them when it ends before."""
        assert self.process.stderr is not None
        seen: list[str] = []
        while len(finished_stages(seen)) < number and (line := self.process.stderr.readline()):
            seen.append(line.rstrip("\n"))
        return seen

    def wait_at_most(self, seconds: float) -> None:
        """Let it work for a while, or to its end."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def kill(self) -> list[str]:
        """End it and its children at once; return the lines of stderr that nobody read yet."""
        _kill(self.process)
        assert self.process.stderr is not None
        return self.process.stderr.read().splitlines()

    def suspend(self) -> bool:
        """Press Ctrl-Z and wait until it stands still; False when it has ended instead."""
        self.process.send_signal(signal.SIGTSTP)
        # Only a parent may ask so, and the state stays what it is for whoever asks next.
        found = os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return found is not None and found.si_code == os.CLD_STOPPED

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and the rest of stderr."""
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=COMMANDS_S)
        return self.process.returncode, errors


def lay_out_runs(folder: Path) -> RealRuns:
    """Return a fresh repository with the demo project on its branch main."""
    runs = RealRuns(repository=folder / "project", home=folder / "home")
    shutil.copytree(PROJECT, runs.repository, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    runs.git("init", "--quiet", "--initial-branch=main")
    runs.git("add", "--all")
    runs.git("-c", "user.name=Demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "Start")
    return runs


def finished_stages(lines: list[str]) -> list[str]:
    """Return the titles of the stages that ended, by the lines of stderr."""
    return [line.split(": ")[0] for line in lines if not line.startswith(" ") and not line.endswith(" …")]


_COMMAND = ("env", "--default-signal=INT", sys.executable, "-m", "eaa")
"""A test runner in the background of a shell ignores Ctrl-C, and its children would inherit that."""


def eaa_command() -> tuple[str, ...]:
    """Return the words with which `eaa` is started."""
    return _COMMAND


def environment_of(runs: RealRuns) -> dict[str, str]:
    """Return what commands of these runs find in their environment."""
    return {**os.environ, "EAA_HOME": str(runs.home), **runs.variables}


def _kill(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
