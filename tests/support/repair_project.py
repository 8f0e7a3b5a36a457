"""Little projects for the repair engine."""

import sys
from collections.abc import Mapping
from pathlib import Path

from eaa.domain.environment import Environment
from eaa.domain.fix import FixRequest
from eaa.domain.ids import CommitId, EnvironmentKey, RepositoryId, TestId
from eaa.domain.project import Finding, TestSuite
from eaa.domain.repository import Repository
from eaa.domain.workspace import Workspace


def this_environment() -> Environment:
    """The environment that runs these tests."""
    return Environment(
        key=EnvironmentKey("test"),
        toolchain="python",
        recipe="the tests' own",
        interpreter=sys.executable,
        interpreter_version=".".join(map(str, sys.version_info[:3])),
        mounts=tuple((prefix, prefix) for prefix in {sys.prefix, sys.base_prefix} if prefix not in ("/usr", "/")),
        variables=(("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"),),
    )


def make_fix_request(
    root: Path,
    files: Mapping[str, str],
    *,
    framework: str = "pytest",
    failing: tuple[str, ...] = (),
    passing: tuple[str, ...] = (),
    budget_s: float = 20.0,
) -> FixRequest:
    """Write the files below `root` and ask for a repair of those that are not tests."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    tests = tuple(path for path in files if Path(path).name.startswith("test"))
    return FixRequest(
        workspace=Workspace(root, Repository(RepositoryId("0" * 16), str(root), "main"), CommitId("0" * 40)),
        environment=this_environment(),
        suite=TestSuite(".", framework, Finding(framework, "tests"), tests, (".",)),
        failing=tuple(map(TestId, failing)),
        passing=tuple(map(TestId, passing)),
        suspect_paths=tuple(path for path in files if path not in tests),
        budget_s=budget_s,
    )
