"""The demo: three little projects go through the team, and a recorded run is replayed, all of it offline.

Nothing outside a temporary folder is written.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = ROOT / "examples" / "demo"
BUNDLE = "examples/replay/scripted-feature.eaa.tar.gz"
GOOD_FIX = "return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)"
GOOD_TEST = """

def test_full_centuries_are_not_leap_years():
    assert not is_leap(1900)
    assert not is_leap(2100)
    assert is_leap(2000)
"""
CHEATING_FIX = "if year == 1900:\n        return False\n    return year % 4 == 0"
CHEATING_TEST = """

def test_1900_is_not_a_leap_year():
    assert is_leap(1900) is False
"""


def main() -> int:
    """Run the parts and return 0 when each ended as it should."""
    with tempfile.TemporaryDirectory(prefix="eaa-demo-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        demo = Demo(place)
        parts = [demo.failing_test(), demo.told_in_words(), demo.prove(), demo.replay()]
    print()
    if all(parts):
        print("demo: every part ended as it should")
        return 0
    print("demo: a part ended otherwise than it should; its lines above say how")
    return 1


class Demo:
    """The parts of the demo, below one temporary folder."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._home = place / "home"

    def failing_test(self) -> bool:
        """A bug with a failing test."""
        _headline("(a) A bug with a failing test")
        repository = self._project("failing-test")
        code = self._eaa(
            "run",
            "The discount is added instead of taken off; make the failing tests pass.",
            "--offline",
            at=repository,
        )
        _show("git", "log", "--oneline", "--all", at=repository)
        return code == 0 and self._verify(repository)

    def told_in_words(self) -> bool:
        """A bug told only in words, with an example: QA writes the failing test first."""
        _headline("(b) A bug told in words, with an example")
        repository = self._project("told-in-words")
        code = self._eaa("run", "issue.md", "--offline", at=repository)
        _show("git", "log", "--oneline", "--all", at=repository)
        return code == 0 and self._verify(repository)

    def prove(self) -> bool:
        """Two branches that somebody else made: one is good, one cheats."""
        repository = self._project("prove")
        _branch(repository, "good", fix=GOOD_FIX, test=GOOD_TEST)
        _branch(repository, "cheat", fix=CHEATING_FIX, test=CHEATING_TEST, is_weakening=True)
        _headline("(c) A branch somebody else made: a good one")
        good = self._eaa("prove", "good", at=repository)
        is_good_verified = self._verify(repository)
        _headline("(c) A branch somebody else made: one that cheats")
        cheat = self._eaa("prove", "cheat", at=repository)
        return good == 0 and cheat == 3 and is_good_verified and self._verify(repository)

    def replay(self) -> bool:
        """A recorded run with a model: repeated from its record, with real tests in real sandboxes."""
        _headline("(d) A recorded run of the team with a model, replayed offline")
        print("The model of this record was a script, made for this demo: no real model wrote these answers.")
        print("What is shown is the team around it: every test, commit and verdict is made again and held against it.")
        return self._eaa("replay", BUNDLE, at=ROOT) == 0

    def _project(self, name: str) -> Path:
        repository = self._place / name
        shutil.copytree(PROJECTS / name, repository)
        _git(repository, "init", "--quiet", "--initial-branch=main")
        _commit(repository, "Start")
        return repository

    def _verify(self, repository: Path) -> bool:
        newest = max(self._home.glob("*/*/evidence.json"), key=lambda path: path.stat().st_mtime_ns)
        if self._eaa("verify", str(newest), at=repository) != 0:
            return False
        print(f"verdict: {json.loads(newest.read_text())['verdict']} · eaa verify: ok", flush=True)
        return True

    def _eaa(self, *words: str, at: Path) -> int:
        print(f"$ eaa {' '.join(words)}", flush=True)
        environment = {**os.environ, "EAA_HOME": str(self._home)}
        return subprocess.run([sys.executable, "-m", "eaa", *words], cwd=at, env=environment, check=False).returncode


def _branch(repository: Path, name: str, *, fix: str, test: str, is_weakening: bool = False) -> None:
    _git(repository, "switch", "--quiet", "--create", name, "main")
    source, tests = repository / "leap.py", repository / "tests" / "test_leap.py"
    source.write_text(source.read_text().replace("return year % 4 == 0", fix))
    text = tests.read_text()
    if is_weakening:
        text = text.replace("    assert not is_leap(2023)\n", "")
    tests.write_text(text + test)
    _commit(repository, f"Full centuries ({name})")
    _git(repository, "switch", "--quiet", "main")


def _commit(repository: Path, message: str) -> None:
    _git(repository, "add", "--all")
    _git(repository, "-c", "user.name=Demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", message)


def _git(repository: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=repository, check=True)


def _show(*words: str, at: Path) -> None:
    print(f"$ {' '.join(words)}", flush=True)
    subprocess.run(words, cwd=at, check=False)


def _headline(text: str) -> None:
    print(f"\n=== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
