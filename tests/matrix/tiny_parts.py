"""The one thing that is not real in the matrix: a toolchain and a fixer that take milliseconds.

Everything that keeps, passes on or takes over work is what `eaa serve` runs: database, queues, workflow engine, git.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.sandbox.unsafe import UnsafeSandbox
from eaa.adapters.system.clock import SystemClock
from eaa.engine.journal import Desk
from eaa.ports.progress import Progress
from eaa.settings import Settings
from eaa.wiring.tools import Toolbox
from tests.support.role_world import ListedFixer, make_fix
from tests.support.tiny_world import TinyToolchain

WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
FAILING = "from calc import add\ndef test_add():\n    assert add(2, 3) == 5\n"
PROJECT: dict[str, bytes | str] = {"calc.py": WRONG, "tests/test_calc.py": FAILING}
REQUEST = "Make the tests pass"


@asynccontextmanager
async def open_tiny_tools(
    settings: Settings, *, progress: Progress, is_unsafe: bool = False, desk: Desk | None = None
) -> AsyncIterator[Toolbox]:
    """Stand in for `eaa.wiring.tools.open_tools`."""
    assert not is_unsafe
    repositories, workspaces = GitRepositories(home=settings.home), GitWorkspaces(home=settings.home)
    yield Toolbox(
        repositories=repositories,
        workspaces=workspaces,
        toolchain=TinyToolchain(workspaces, repositories),
        fixer=ListedFixer(make_fix("calc.py", RIGHT)),
        clock=SystemClock(),
        progress=progress,
        sandbox=UnsafeSandbox(),
    )
