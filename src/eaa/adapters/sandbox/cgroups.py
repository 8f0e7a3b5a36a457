"""A control group for one command, where this process may make one. The only code that writes below /sys/fs/cgroup."""

import itertools
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from eaa.domain.command import Limits

_ROOT = Path("/sys/fs/cgroup")
_REMOVALS = 200
_REMOVAL_PAUSE_S = 0.005
_numbers = itertools.count()
# File → value: those without which the group is of no use, and those that merely help.
_Settings = tuple[dict[str, int], dict[str, int]]


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """One folder in each hierarchy that we could use; version 2 has a single one under the name `unified`."""

    folders: Mapping[str, Path]

    @classmethod
    def create(cls, limits: Limits) -> Self | None:
        """Make a group that holds memory and processes to the limits, or return None where that is not allowed."""
        name = f"eaa-{os.getpid()}-{next(_numbers)}"
        own = _own_groups()
        if "unified" in own and _offers(_ROOT / "cgroup.controllers", {"memory", "pids"}):
            return cls._create_unified(own["unified"], name, limits)
        return cls._create_split(own, name, limits)

    @classmethod
    def _create_unified(cls, own: str, name: str, limits: Limits) -> Self | None:
        here = _ROOT / own.lstrip("/")
        # A group with processes cannot hand controllers down, but its delegated parent usually can.
        for parent in (here, here.parent):
            if not _offers(parent / "cgroup.subtree_control", {"memory", "pids"}):
                continue
            group = cls({"unified": parent / name})
            if group._set_up({"unified": _unified_settings(limits)}):
                return group
        return None

    @classmethod
    def _create_split(cls, own: Mapping[str, str], name: str, limits: Limits) -> Self | None:
        folders: dict[str, Path] = {}
        for controller in ("memory", "pids"):
            below = _ROOT / controller / own.get(controller, "/").lstrip("/")
            folders[controller] = (below if below.is_dir() else _ROOT / controller) / name
        group = cls(folders)
        return group if group._set_up(_split_settings(limits)) else None

    def _set_up(self, settings: Mapping[str, _Settings]) -> bool:
        try:
            for controller, folder in self.folders.items():
                _remove_leftovers_once(folder.parent)
                folder.mkdir()
                needed, helpful = settings[controller]
                for file, value in needed.items():
                    (folder / file).write_text(str(value))
                for file, value in helpful.items():
                    with suppress(OSError):
                        (folder / file).write_text(str(value))
        except OSError:
            self.remove()
            return False
        return True

    def add(self, process_id: int) -> None:
        """Move a process into the group; its later children follow.

        Raises:
            OSError: The kernel refused.
        """
        for folder in self.folders.values():
            (folder / "cgroup.procs").write_text(str(process_id))

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that was used at once, or None when the kernel does not say."""
        for controller, file in (("unified", "memory.peak"), ("memory", "memory.max_usage_in_bytes")):
            if controller in self.folders:
                with suppress(OSError, ValueError):
                    return int((self.folders[controller] / file).read_text())
        return None

    def ran_out_of_memory(self) -> bool:
        """Return whether the kernel killed a process of the group for its memory."""
        return self._count("memory.events", "memory", "memory.oom_control", fact="oom_kill") > 0

    def refused_processes(self) -> bool:
        """Return whether the kernel refused the group another process."""
        return self._count("pids.events", "pids", "pids.events", fact="max") > 0

    def _count(self, unified_file: str, controller: str, split_file: str, *, fact: str) -> int:
        folder, file = (
            (self.folders["unified"], unified_file)
            if "unified" in self.folders
            else (self.folders[controller], split_file)
        )
        try:
            facts = dict(line.split() for line in (folder / file).read_text().splitlines())
            return int(facts.get(fact, 0))
        except (OSError, ValueError):
            return 0

    def remove(self) -> None:
        """Remove the folders. The last process may need a moment to leave after its parent has seen it die."""
        for folder in self.folders.values():
            for _ in range(_REMOVALS):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(_REMOVAL_PAUSE_S)
                else:
                    break


def _own_groups() -> dict[str, str]:
    """Return our place in each hierarchy: controller → path, the single hierarchy of version 2 as `unified`."""
    places: dict[str, str] = {}
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, place = line.split(":", 2)
            for controller in controllers.split(",") if controllers else ["unified"]:
                places[controller] = place
    return places


def _offers(file: Path, controllers: set[str]) -> bool:
    try:
        return controllers <= set(file.read_text().split())
    except OSError:
        return False


def _unified_settings(limits: Limits) -> _Settings:
    return (
        {"memory.max": limits.memory_bytes, "pids.max": limits.processes},
        {"memory.swap.max": 0, "memory.oom.group": 1},
    )


def _split_settings(limits: Limits) -> dict[str, _Settings]:
    return {
        "memory": (
            {"memory.limit_in_bytes": limits.memory_bytes},
            {"memory.memsw.limit_in_bytes": limits.memory_bytes},
        ),
        "pids": ({"pids.max": limits.processes}, {}),
    }


@cache
def _remove_leftovers_once(parent: Path) -> None:
    remove_leftovers(parent)


def remove_leftovers(parent: Path) -> None:
    """Remove the empty groups of processes of ours that were killed; busy ones refuse by themselves."""
    for folder in parent.glob("eaa-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with suppress(OSError):
                folder.rmdir()
