"""One request for an environment, with all that the repository says about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from eaa.adapters.toolchains.python.interpreters import Interpreter
from eaa.adapters.toolchains.python.locks import Locked
from eaa.adapters.toolchains.python.own_packages import OwnPackage
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.ids import CommitId
from eaa.domain.project import Project
from eaa.domain.repository import Repository


@dataclass(frozen=True, slots=True)
class Survey:
    """What is asked for, and what the repository says about it."""

    project: Project
    repository: Repository
    commit: CommitId
    request: EnvironmentRequest
    locked: Locked
    packages: tuple[OwnPackage, ...]

    def names(self) -> tuple[str, ...]:
        """Return the packages whose installed version matters."""
        pinned = [name for pin in self.locked.pins if (name := requirement_name(pin))]
        return tuple(dict.fromkeys((*(package.name for package in self.packages), *pinned)))


def strays(interpreter: Interpreter, locked: Locked) -> tuple[str, ...]:
    """Return a note when packages are there in another version than the one that is locked."""
    other = _differing(interpreter, locked)
    if not other:
        return ()
    listed = ", ".join(f"{name} {found} instead of {version}" for name, version, found in other[:6])
    more = f" and {len(other) - 6} more" if len(other) > 6 else ""
    return (f"not the versions of {locked.source}: {listed}{more}",)


def _differing(interpreter: Interpreter, locked: Locked) -> list[tuple[str, str, str]]:
    """Return (name, locked version, version that is there)."""
    has = dict(interpreter.versions)
    exact = [pin.partition("==") for pin in locked.pins if "==" in pin and ";" not in pin and "*" not in pin]
    versions = [(requirement_name(name) or name, version) for name, _, version in exact]
    return [(name, version, has[name]) for name, version in versions if has.get(name, version) != version]


def pinned(interpreter: Interpreter, locked: Locked) -> tuple[str, ...]:
    """Return a note that names the installed packages that have the version that is locked for them."""
    has = dict(interpreter.versions)
    names = {requirement_name(pin) for pin in locked.pins} & set(has)
    names -= {name for name, _, _ in _differing(interpreter, locked)}
    return (f"installed as {locked.source} says: {', '.join(sorted(map(str, names)))}"[:400],) if names else ()


def not_compiled(packages: Sequence[OwnPackage]) -> tuple[str, ...]:
    """Return notes on packages that are only on the import path, although their build compiles something."""
    names = [package.name for package in packages if package.is_compiled]
    return tuple(f"the compiled modules of {name} are not built; `--yes` builds them" for name in names)
