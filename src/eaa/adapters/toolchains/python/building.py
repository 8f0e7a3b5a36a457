"""Building a virtual environment in the sandbox, at the place where it will be used."""

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from eaa.adapters.toolchains.python.installing import LIMITS, Installation, install_packages, install_requirements
from eaa.adapters.toolchains.python.interpreters import Interpreter
from eaa.adapters.toolchains.python.locks import Locked
from eaa.adapters.toolchains.python.own_packages import OwnPackage
from eaa.domain.command import Access, Command, Mount, Network
from eaa.ports.progress import Progress
from eaa.ports.sandbox import Sandbox

_INSTALLER = Path(__file__).with_name("probe") / "installer.py"
_READY = "eaa-ready"
"""The file that says that an environment is whole; it holds the notes of its building, one a line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes into an environment."""

    requirements: tuple[str, ...]
    """What is installed, unless there is a command."""
    locked: Locked
    """Versions of what is installed, as far as they are known beforehand."""
    packages: tuple[OwnPackage, ...]
    """The project's own, installed so that their code is that of the workspace; unless there is a command."""
    import_roots: tuple[str, ...]
    """Folders of the repository in which imports start."""
    setup_command: str | None
    """A person's own command, run in the repository with the environment first on the path."""


async def build_environment(
    place: Path,
    plan: Plan,
    *,
    base: Interpreter,
    sandbox: Sandbox,
    root: Path,
    owner_uid: int | None,
    progress: Progress,
) -> tuple[str, ...]:
    """Build an environment at `place`, when it is not there, and return what a person should know about it.

    It is built beside its place and renamed, so that what is there is whole; while it is built it is mounted where
    it will be, because an environment's programs know where they are.

    Args:
        place: Where it will be.
        plan: What goes into it.
        base: The interpreter it is made from.
        sandbox: Where all of this runs; it may reach package registries.
        root: A copy of the repository.
        owner_uid: Host user of sandboxed processes when we are root.
        progress: Hears of every step; building takes from seconds to minutes, once.

    Raises:
        EnvironmentMissing: A command failed.
    """
    if (place / _READY).is_file():
        return tuple((place / _READY).read_text(encoding="utf-8").splitlines())
    folder = _fresh_folder(place, owner_uid)
    try:
        mounts = (*base.mounts, Mount(source=folder, target=str(place), access=Access.READ_WRITE))
        installation = Installation(place=place, mounts=mounts, sandbox=sandbox, root=root, progress=progress)
        progress.noted(f"new environment for Python {base.version}; it is built once and kept")
        await _create(installation, base, plan)
        notes = await _fill(installation, plan)
        await asyncio.to_thread(_publish, folder, place, notes)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return notes


async def _create(installation: Installation, base: Interpreter, plan: Plan) -> None:
    """Make an environment with pip and nothing else."""
    bare = (str(base.path), "-I", "-m", "venv", "--without-pip", str(installation.place))
    await installation.require(Command(argv=bare, limits=LIMITS), name="python -m venv", hint=_hint(plan.setup_command))
    python = f"{installation.place}/bin/python"
    unpacked = await installation.run(installation.command(python, "-I", "-c", _INSTALLER.read_text(encoding="utf-8")))
    if not unpacked.is_success:
        installed = installation.command(python, "-I", "-m", "ensurepip", "--upgrade", "--default-pip")
        await installation.require(installed, name="python -m ensurepip", hint=_hint(plan.setup_command))


async def _fill(installation: Installation, plan: Plan) -> tuple[str, ...]:
    if plan.setup_command is not None:
        installation.progress.noted(f"set-up command: {plan.setup_command}")
        command = replace(installation.command("/bin/sh", "-ec", plan.setup_command), network=Network.REGISTRIES)
        await installation.require(command, name="the set-up command", hint=_hint(plan.setup_command))
        return ()
    notes = await install_requirements(installation, plan.requirements, plan.locked, hint=_hint(None))
    return (*notes, *await install_packages(installation, plan.packages, plan.import_roots))


def _fresh_folder(place: Path, owner_uid: int | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=place.parent))
    if owner_uid is not None:
        os.chown(folder, owner_uid, owner_uid)
    return folder


def _publish(folder: Path, place: Path, notes: tuple[str, ...]) -> None:
    (folder / _READY).write_text("\n".join(" ".join(note.split()) for note in notes), encoding="utf-8")
    try:
        folder.rename(place)
    except OSError:
        # Somebody else was faster; an environment of this key is as good as ours.
        if not (place / _READY).is_file():
            raise


def _hint(setup_command: str | None) -> str:
    if setup_command is not None:
        return "Correct the set-up command, or give `--python PATH` of an environment that is ready."
    return "Correct the requirement in requirements.txt or pyproject.toml, or give `--python PATH` of a ready one."
