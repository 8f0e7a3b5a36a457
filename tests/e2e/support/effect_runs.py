"""Runs of `eaa` that push a branch to a loopback code host and open a pull request there."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.support.real_runs import RealRuns, Started
from tests.loopback.github import REPOSITORY, TOKEN, Hold, LoopbackGithub, serving_in_thread

ISSUE = 7
ISSUE_TEXT = "`add(2, 3)` returns `-1` instead of `5`; `tests/test_calc.py` fails."
# As little as a project can be for a repair that is no draft, with the framework that starts fastest:
# a proof runs it hundreds of times.
PROJECT = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "tests/__init__.py": "",
    "tests/test_calc.py": (
        "import unittest\n\nfrom calc import add\n\n\n"
        "class AddTest(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(2, 3), 5)\n\n"
        "    def test_nothing(self):\n"
        "        self.assertEqual([add(number, 0) for number in (-2, 0, 1, 5, 9)], [-2, 0, 1, 5, 9])\n"
    ),
}


@dataclass(frozen=True, slots=True)
class EffectRuns:
    """A checkout, an EAA_HOME, and a code host with the repository."""

    local: RealRuns
    github: LoopbackGithub

    @property
    def command(self) -> tuple[str, ...]:
        """Return the words of a run that ends with a pull request."""
        return (
            "run",
            f"{self.github.address}/{REPOSITORY}/issues/{ISSUE}",
            "--repo",
            f"{self.github.address}/{REPOSITORY}",
            "--pull-request",
            "--approve-push",
        )

    def hold(self, kind: str, path: str) -> Hold:
        """Let the next write below a path be held, `hold before` or `hold after` it takes effect."""
        held = Hold(kind, method="POST", path=path)
        self.github.faults.append(held)
        return held

    def kill_with_git(self, run: Started) -> list[str]:
        """Kill a run and the git that it has started, which would outlive it and try its push again."""
        said = run.kill()
        mark = f"GIT_CONFIG_GLOBAL={self.local.home}/".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    os.kill(int(folder.name), signal.SIGKILL)
        return said

    def branches(self) -> dict[str, str]:
        """Return our branches on the code host and where they point."""
        listing = self._host_git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/eaa/")
        return dict(line.rsplit(" ", 1) for line in listing.splitlines())

    def wrongs(self) -> list[str]:
        """Say what is not as it must be after a run that ended well: on the code host, everything once."""
        branches = self.branches()
        heads = [(pull["head"]["ref"], pull["head"]["sha"], pull["base"]["ref"]) for pull in self.github.pulls]
        effects = [("open pull request", "confirmed"), ("push branch", "confirmed")]
        written = [entry["what"] for entry in self.github.journal]
        counted = {
            "runs": (self.local.rows("SELECT state, verdict FROM runs"), [("done", "done")]),
            "effects": (self.local.rows("SELECT kind, state FROM effects ORDER BY kind"), effects),
            "writes on the host": (written, ["branch", "pull request"]),
            "branches on the host": (len(branches), 1),
            "pull requests": (heads, [(name, commit, "main") for name, commit in branches.items()]),
            "main on the host": (self._host_git("rev-list", "--count", "main"), "1"),
            "branches here": (self.local.git("for-each-ref", "--format=%(refname)", "refs/heads/"), "refs/heads/main"),
            "checkout": (self.local.git("status", "--porcelain"), ""),
        }
        return [f"{name}: {found}, not {due}" for name, (found, due) in counted.items() if found != due]

    def _host_git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.github.git, check=True, capture_output=True, text=True)
        return done.stdout.strip()


@contextmanager
def effect_runs(folder: Path) -> Iterator[EffectRuns]:
    """Lay out a project and a code host that has it and its issue; the host is up inside the block."""
    host = folder / "host.git"
    with serving_in_thread(LoopbackGithub(git=host)) as github:
        github.write_issue(ISSUE, title="add subtracts", body=ISSUE_TEXT)
        variables = {"EAA_GITHUB_API_URL": github.address, "EAA_GITHUB_TOKEN": TOKEN}
        local = RealRuns(repository=folder / "project", home=folder / "home", variables=variables)
        for path, content in PROJECT.items():
            (local.repository / path).parent.mkdir(parents=True, exist_ok=True)
            (local.repository / path).write_text(content)
        local.git("init", "--quiet", "--initial-branch=main")
        local.git("add", "--all")
        local.git("-c", "user.name=Demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "Start")
        local.git("remote", "add", "origin", f"{github.address}/{REPOSITORY}.git")
        local.git("clone", "--quiet", "--bare", ".", str(host))
        yield EffectRuns(local, github)
