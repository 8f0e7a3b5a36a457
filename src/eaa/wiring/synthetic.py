"""The little project of the synthetic check: a bug and the test that shows it, the same commit on every machine."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import RepositoryUnusable
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.engine.intake import Request
from eaa.engine.sources import open_source
from eaa.engine.synthetic import PRIORITY, SOURCE
from eaa.ports.repositories import Repositories

TEXT = "Synthetic check: tests/test_fares.py fails, from the twelfth birthday on a ride costs the full fare"
_FILES = {
    "fares.py": '''"""Fares of a small bus company."""

CHILD_UNTIL = 12


def fare_cents(age: int, zones: int) -> int:
    """Return what a ride costs: 150 cents a zone, half of it up to the twelfth birthday."""
    full = 150 * zones
    if age <= CHILD_UNTIL:
        return full // 2
    return full
''',
    "tests/test_fares.py": """import unittest

from fares import fare_cents


class FareTest(unittest.TestCase):
    def test_grown_people_pay_in_full(self):
        self.assertEqual(fare_cents(30, 2), 300)

    def test_children_pay_half(self):
        self.assertEqual(fare_cents(5, 2), 150)

    def test_from_the_twelfth_birthday_on_a_ride_costs_the_full_fare(self):
        self.assertEqual(fare_cents(12, 1), 150)
""",
}
_DATE = "2026-01-01T00:00:00Z"
_GIT_S = 30.0


async def synthetic_request(home: Path, *, repositories: Repositories) -> Request:
    """Return what the check asks, and make its project below the home where it is not there yet.

    Raises:
        RepositoryUnusable: The project cannot be made.
    """
    folder = home / "synthetic" / "project"
    await asyncio.to_thread(_make, folder)
    repository, base, _ = await open_source(str(folder), None, repositories=repositories)
    return Request(
        text=TEXT,
        source=SOURCE,
        repository=repository,
        base=base,
        kind=Kind.BUG,
        environment=EnvironmentRequest(),
        origin=Origin.MEMBER,
        priority=PRIORITY,
    )


def _make(folder: Path) -> None:
    if (folder / ".git").is_dir():
        return
    # Whole or not at all: another process may make it at the same time.
    new = folder.with_name(f"new-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    for name, content in _FILES.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    environment = os.environ | {
        "GIT_AUTHOR_DATE": _DATE,
        "GIT_COMMITTER_DATE": _DATE,
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(new),
    }
    named = ("-c", "user.name=eaa", "-c", "user.email=eaa@localhost", "-c", "commit.gpgsign=false")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "A bug and its test")):
        try:
            command = ("git", *named, *words)
            subprocess.run(command, cwd=new, env=environment, check=True, capture_output=True, timeout=_GIT_S)
        except (OSError, subprocess.SubprocessError) as error:
            hint = "`eaa doctor` says whether git works here."
            raise RepositoryUnusable(source=str(folder), because=str(error), hint=hint) from error
    try:
        new.rename(folder)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        if not (folder / ".git").is_dir():
            raise
