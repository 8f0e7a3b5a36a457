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
    has = dict(interpreter.versions)
    exact = [pin.partition("==") for pin in locked.pins if "==" in pin and ";" not in pin and "*" not in pin]
    other = [(name, version, has[name]) for name, _, version in exact if has.get(name, version) != version]
    if not other:
        return ()
    listed = ", ".join(f"{name} {found} instead of {version}" for name, version, found in other[:6])
    more = f" and {len(other) - 6} more" if len(other) > 6 else ""
    return (f"not the versions of {locked.source}: {listed}{more}",)


def not_compiled(packages: Sequence[OwnPackage]) -> tuple[str, ...]:
    """Return notes on packages that are only on the import path, although their build compiles something."""
    names = [package.name for package in packages if package.is_compiled]
    return tuple(f"the compiled modules of {name} are not built; `--yes` builds them" for name in names)
