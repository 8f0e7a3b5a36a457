"""The parts that read, run and repair code, without a database."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.sandbox.ownership import sandbox_uid
from eaa.adapters.sandbox.probe import choose_sandbox
from eaa.adapters.sandbox.unsafe import UnsafeSandbox
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.toolchains.python.toolchain import PythonToolchain
from eaa.domain.errors import DiskFull
from eaa.engine.journal import Desk
from eaa.engine.repair.fixer import SearchFixer
from eaa.engine.tools import Tools
from eaa.kit.private_files import make_private_folder
from eaa.ports.progress import Progress
from eaa.ports.sandbox import Sandbox
from eaa.settings import Settings
from eaa.wiring.repositories import repositories_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox(Tools):
    """The roles' tools and the sandbox behind them."""

    sandbox: Sandbox


@asynccontextmanager
async def open_tools(
    settings: Settings, *, progress: Progress, is_unsafe: bool = False, desk: Desk | None = None
) -> AsyncIterator[Toolbox]:
    """Open the tools; nothing runs until they are used.

    Args:
        settings: Where everything is.
        progress: Who watches.
        is_unsafe: Whether commands may run without a sandbox.
        desk: Of the installation, where runs are worked on: commits go to other hosts through it.

    Raises:
        SandboxUnavailable: No sandbox works here and running without one was not asked for.
        DiskFull: EAA_HOME cannot be made.
    """
    home = make_home(settings.home)
    sandbox: Sandbox = UnsafeSandbox() if is_unsafe else await choose_sandbox()
    if is_unsafe:
        progress.noted("no sandbox: the project's code can do everything that you can do")
    repositories = repositories_of(settings, desk=desk)
    workspaces = GitWorkspaces(home=home, owner_uid=sandbox_uid(), repositories=repositories)
    active = os.environ.get("VIRTUAL_ENV")
    toolchain = PythonToolchain(
        repositories=repositories,
        workspaces=workspaces,
        sandbox=sandbox,
        progress=progress,
        home=home,
        fallback_interpreters=(Path(sys.executable),),
        active_environment=Path(active) if active else None,
        owner_uid=sandbox_uid(),
    )
    yield Toolbox(
        repositories=repositories,
        workspaces=workspaces,
        toolchain=toolchain,
        fixer=SearchFixer(sandbox),
        clock=SystemClock(),
        progress=progress,
        sandbox=sandbox,
    )


def make_home(home: Path) -> Path:
    """Make EAA_HOME when it is not there, and return it.

    Raises:
        DiskFull: It cannot be made.
    """
    try:
        make_private_folder(home)
    except OSError as error:
        raise DiskFull(path=str(home)) from error
    return home
