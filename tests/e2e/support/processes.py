"""The processes of this machine, as `/proc` tells them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Alive:
    """A process that lives; its start tells it from a later one with the same number."""

    pid: int
    parent: int
    name: str
    started: str


def everyone() -> frozenset[Alive]:
    """Return the processes that live now; one that only waits to be reaped is dead."""
    found = (_read(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit())
    return frozenset(one for one in found if one is not None)


def descendants(pid: int) -> frozenset[Alive]:
    """Return every process below this one."""
    alive, below = everyone(), {pid}
    while grown := {one.pid for one in alive if one.parent in below} - below:
        below |= grown
    return frozenset(one for one in alive if one.pid in below and one.pid != pid)


def _read(folder: Path) -> Alive | None:
    try:
        name, _, rest = (folder / "stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return None
    facts = rest.split()
    if facts[0] == "Z":
        return None
    return Alive(pid=int(folder.name), parent=int(facts[1]), name=name.partition("(")[2], started=facts[19])
