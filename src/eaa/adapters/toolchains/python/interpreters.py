"""Asking an interpreter about itself, in the sandbox, and what it needs mounted to run there."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from eaa.domain.command import Command, Limits, Mount
from eaa.ports.sandbox import Sandbox

_VISIBLE = ("/usr/", "/bin/")
_QUESTION = Path(__file__).with_name("probe") / "question.py"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that runs in the sandbox."""

    path: Path
    """Absolute, the same outside and inside."""
    mounts: tuple[Mount, ...]
    version: str
    lacks: tuple[str, ...]
    """The requirements that it does not satisfy, with what it has instead."""
    pytest_plugins: tuple[str, ...] = ()
    """Entry points for pytest that belong to the requirements, sorted; it may have others that do not."""
    versions: tuple[tuple[str, str], ...] = ()
    """(name, version) of the packages that it was asked about by name, as far as it has them."""


async def ask_interpreter(
    path: Path,
    *,
    requirements: tuple[str, ...],
    python: str | None,
    names: tuple[str, ...],
    sandbox: Sandbox,
    root: Path,
) -> Interpreter | None:
    """Run an interpreter in the sandbox and return what it is, or None when it does not run there.

    Args:
        path: The interpreter; links are followed up to the environment it belongs to.
        requirements: What it is asked about.
        python: The version of Python it should have, such as `>=3.9`.
        names: Packages whose version is wanted.
        sandbox: Where it runs.
        root: An empty folder to run in.
    """
    program, mounts = locate(path)
    asked = json.dumps({"requirements": requirements, "python": python, "names": names})
    command = Command(
        argv=(str(program), "-I", "-c", _QUESTION.read_text(encoding="utf-8")),
        stdin=asked.encode(),
        mounts=mounts,
        limits=Limits(wall_s=60.0),
    )
    result = await sandbox.run(command, root=root)
    if not result.is_success:
        return None
    try:
        answer = json.loads(result.stdout.head)
        return Interpreter(
            path=program,
            mounts=mounts,
            version=str(answer["version"]),
            lacks=tuple(map(str, answer["lacks"])),
            pytest_plugins=tuple(map(str, answer["pytest_plugins"])),
            versions=tuple((str(name), str(version)) for name, version in answer["versions"].items()),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def locate(path: Path) -> tuple[Path, tuple[Mount, ...]]:
    """Return the path under which an interpreter runs, and the mounts that it needs: never more than its own folders.

    An interpreter of a virtual environment keeps its path, because its path says which environment it is; any other
    is followed to where it really is.
    """
    steps = _steps(Path(os.path.abspath(path)))  # noqa: PTH100 - `resolve` would follow the links
    real = steps[-1]
    start = next((step for step in steps if (_prefix(step) / "pyvenv.cfg").is_file()), real)
    mounts = [_mount(_prefix(start))] if start is not real else []
    base = _prefix(real)
    if not str(real).startswith(_VISIBLE):
        mounts.append(_mount(base if _is_installation(base) else real))
    for step in (*steps[steps.index(start) + 1 : -1], *_home_of(_prefix(start))):
        is_mounted = any(step.is_relative_to(mount.target) for mount in mounts)
        if not str(step).startswith(_VISIBLE) and not is_mounted:
            is_same = _prefix(step).resolve() == base.resolve()
            mounts.append(_mount(_prefix(step) if is_same else step))
    return start, tuple(mount for mount in dict.fromkeys(mounts) if _is_narrow(mount.source))


def _is_narrow(folder: Path) -> bool:
    """Return whether showing a folder shows no home: somebody may have made an environment of theirs."""
    return not Path.home().is_relative_to(folder.resolve())


def _steps(path: Path) -> list[Path]:
    """Return a path and everything that it links to, one link at a time, then where it really is."""
    steps = [path]
    while steps[-1].is_symlink() and len(steps) < 20:
        following = os.path.normpath(steps[-1].parent / steps[-1].readlink())
        steps.append(Path(following))
    real = steps[-1].resolve()
    return steps if steps[-1] == real else [*steps, real]


def _prefix(program: Path) -> Path:
    return program.parent.parent


def _is_installation(prefix: Path) -> bool:
    return len(prefix.parts) > 2 and any(prefix.glob("lib/python3*"))


def _home_of(environment: Path) -> list[Path]:
    """Return an interpreter below the folder that a virtual environment names as its home."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    homes = [line.partition("=")[2].strip() for line in text.splitlines() if line.split("=")[0].strip() == "home"]
    found = [Path(home) / "python3" for home in homes if home.startswith("/")]
    return [program for program in found if program.exists()]


def _mount(path: Path) -> Mount:
    return Mount(source=path, target=str(path))
