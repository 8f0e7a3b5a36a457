"""Building a virtual environment in the sandbox, at the place where it will be used."""

import asyncio
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from eaa.adapters.toolchains.python.interpreters import Interpreter
from eaa.domain.command import MEBIBYTE, Access, Command, CommandResult, Limits, Mount, Network
from eaa.domain.errors import EnvironmentMissing
from eaa.ports.sandbox import Sandbox

_READY = "eaa-ready"
_VERSIONS = "eaa-locked-versions.txt"
_LIMITS = Limits(
    wall_s=1200.0,
    cpu_s=1200,
    memory_bytes=4096 * MEBIBYTE,
    file_bytes=2048 * MEBIBYTE,
    tmp_bytes=4096 * MEBIBYTE,
    processes=512,
)


async def build_environment(
    place: Path,
    *,
    base: Interpreter,
    requirements: tuple[str, ...],
    versions: tuple[str, ...],
    setup_command: str | None,
    sandbox: Sandbox,
    root: Path,
    owner_uid: int | None,
) -> Path:
    """Return the interpreter of the environment at `place`, which is built when it is not there.

    It is built beside its place and renamed, so that what is there is whole; while it is built it is mounted where
    it will be, because an environment's programs know where they are.

    Args:
        place: Where it will be.
        base: The interpreter it is made from.
        requirements: What is installed, unless there is a command.
        versions: `name==version` of what is installed, as far as they are known beforehand.
        setup_command: A person's own command, run in the repository with the environment first on the path.
        sandbox: Where all of this runs; it may reach package registries.
        root: A copy of the repository.
        owner_uid: Host user of sandboxed processes when we are root.

    Raises:
        EnvironmentMissing: A command failed.
    """
    program = place / "bin/python"
    if (place / _READY).is_file():
        return program
    folder = _fresh_folder(place, owner_uid)
    (root / _VERSIONS).write_text("\n".join(versions))
    try:
        mounts = (*base.mounts, Mount(source=folder, target=str(place), access=Access.READ_WRITE))
        for command in _commands(place, base, requirements, setup_command):
            result = await sandbox.run(replace(command, mounts=mounts), root=root)
            if not result.is_success:
                raise EnvironmentMissing(because=_because(command, result), hint=_hint(setup_command))
        await asyncio.to_thread(_publish, folder, place)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return program


def _fresh_folder(place: Path, owner_uid: int | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="building-", dir=place.parent))
    if owner_uid is not None:
        os.chown(folder, owner_uid, owner_uid)
    return folder


def _publish(folder: Path, place: Path) -> None:
    (folder / _READY).touch()
    try:
        folder.rename(place)
    except OSError:
        # Somebody else was faster; an environment of this key is as good as ours.
        if not (place / _READY).is_file():
            raise


def _commands(
    place: Path, base: Interpreter, requirements: tuple[str, ...], setup_command: str | None
) -> tuple[Command, ...]:
    create = Command(argv=(str(base.path), "-I", "-m", "venv", str(place)), limits=_LIMITS)
    variables = {"PATH": f"{place}/bin:/usr/local/bin:/usr/bin:/bin", "VIRTUAL_ENV": str(place)}
    if setup_command is not None:
        argv: tuple[str, ...] = ("/bin/sh", "-ec", setup_command)
    elif requirements:
        argv = (
            f"{place}/bin/python",
            "-m",
            "pip",
            "install",
            "--no-warn-script-location",
            "-c",
            _VERSIONS,
            "--",
            *requirements,
        )
    else:
        return (create,)
    return (create, Command(argv=argv, environment=variables, limits=_LIMITS, network=Network.REGISTRIES))


def _because(command: Command, result: CommandResult) -> str:
    lines = (result.stderr.text().strip() or result.stdout.text().strip()).splitlines()
    # Installers warn a lot before they say what is wrong.
    said = [line for line in lines if line.startswith("ERROR")] or lines[-3:]
    name = (
        "the set-up command"
        if command.argv[0] == "/bin/sh"
        else "pip install"
        if "pip" in command.argv
        else "python -m venv"
    )
    return f"{name} failed ({result.end.value}, exit code {result.exit_code}): {' / '.join(said)[-600:]}"


def _hint(setup_command: str | None) -> str:
    if setup_command is not None:
        return "Correct the set-up command, or give `--python PATH` of an environment that is ready."
    return "Correct the requirement in requirements.txt or pyproject.toml, or give `--python PATH` of a ready one."
