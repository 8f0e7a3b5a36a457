"""`eaa clean`: removes what is left over below EAA_HOME, and never anything else."""

import asyncio
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.files.slots import FileSlots
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import CleanOptions
from eaa.cli.output import print_json, print_line
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.run import ENDED_STATES, RunState
from eaa.settings import DATABASE_FILE, Settings, load_settings

WORKSPACES, ENVIRONMENTS, MIRRORS, RUNS, SLOTS = "workspaces", "environments", "repositories", "runs", "slots"
REPLAYS = "replays"
"""Repositories that came out of bundles."""
LEFT_BEHIND_S = 3600
"""A workspace younger than this may belong to a command that works right now."""
_WORKS = "a command works here"
_MAY_WORK = "a command may work here: a workspace is less than an hour old"


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something below EAA_HOME that can go."""

    kind: str
    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that could go but stays, and why."""

    kind: str
    count: int
    size_bytes: int
    because: str


async def clean_home(options: CleanOptions) -> int:
    """Remove leftovers, say what went and what stayed, and return 0.

    Workspaces left behind always go. What costs time or network to make again (environments, mirrors), and the folders
    of ended runs with their evidence, go with `--yes` only, and never while a run works or waits.
    """
    settings = load_settings()
    old, young = _workspaces(settings.home)
    working = _WORKS if await _any_slot_is_held(settings.home) else ""
    removed: list[Leftover] = []
    kept: list[Kept] = []
    for kind, leftovers, because in (
        (WORKSPACES, old, working),
        (WORKSPACES, young, working or _MAY_WORK),
        *await _costly(settings, working=working or (_MAY_WORK if young else ""), is_thorough=options.is_thorough),
    ):
        if because:
            kept += [Kept(kind, len(leftovers), _total(leftovers), because)] if leftovers else []
        else:
            removed += [leftover for leftover in leftovers if await asyncio.to_thread(_remove, leftover.path)]
    _say(removed, kept, is_json=options.is_json)
    return ExitCode.DONE


async def _costly(
    settings: Settings, *, working: str, is_thorough: bool
) -> list[tuple[str, tuple[Leftover, ...], str]]:
    """Return (kind, what there is, why it stays) of everything that only `--yes` removes."""
    open_runs, ended_runs = await _runs(settings)
    because = working or ("" if is_thorough else "`eaa clean --yes` removes it")
    for_resume = because or ("a run can still be resumed" if open_runs else "")
    ended = tuple(one for one in _folders(settings.home, RUNS) if one.path.name in ended_runs)
    return [
        (ENVIRONMENTS, tuple(_folders(settings.home, ENVIRONMENTS)), because),
        (MIRRORS, tuple(_folders(settings.home, MIRRORS)), for_resume),
        (REPLAYS, tuple(_folders(settings.home, REPLAYS)), for_resume),
        (RUNS, ended, because),
    ]


async def _any_slot_is_held(home: Path) -> bool:
    folder = home / SLOTS
    slots = FileSlots(folder)
    return any([await slots.is_held(path.name) for path in _entries(folder)])


async def _runs(settings: Settings) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of the runs that can go on, and of those that ended."""
    from eaa.adapters.sql.engine import sqlite_address
    from eaa.adapters.sql.migrate import current, upgrade
    from eaa.adapters.sql.store import open_store

    file = settings.home / DATABASE_FILE
    if settings.database_url is None and not file.exists():
        return frozenset(), frozenset()
    address = settings.database_url or sqlite_address(file)
    if await current(address) is None:
        return frozenset(), frozenset()
    await upgrade(address)
    async with open_store(address) as store, store.begin() as session:
        runs = await session.runs.in_state(DEFAULT_ORGANISATION, frozenset(RunState))
    ended = frozenset(str(run.id) for run in runs if run.state in ENDED_STATES)
    return frozenset(str(run.id) for run in runs) - ended, ended


def _workspaces(home: Path) -> tuple[tuple[Leftover, ...], tuple[Leftover, ...]]:
    """Return those left behind, and those that a command may be using: `check` and `prove` hold no slot."""
    oldest_s = time.time() - LEFT_BEHIND_S
    found = tuple(_folders(home, WORKSPACES))
    old = tuple(one for one in found if one.path.lstat().st_mtime < oldest_s)
    return old, tuple(one for one in found if one not in old)


def _folders(home: Path, kind: str) -> Iterator[Leftover]:
    for path in _entries(home / kind):
        if path.is_dir() and not path.is_symlink():
            yield Leftover(kind, path, _size(path))


def _entries(folder: Path) -> tuple[Path, ...]:
    # A link would lead out of the home; what is behind it is not ours.
    if folder.is_symlink() or not folder.is_dir():
        return ()
    return tuple(sorted(folder.iterdir()))


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _total(leftovers: tuple[Leftover, ...]) -> int:
    return sum(leftover.size_bytes for leftover in leftovers)


def _remove(folder: Path) -> bool:
    """Remove a folder; one that belongs to somebody else, or is made again meanwhile, stays."""
    for path, names, _ in os.walk(folder):
        for name in (".", *names):
            inner = Path(path, name)
            if not inner.is_symlink() and not inner.stat().st_mode & stat.S_IWUSR:
                inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _say(removed: list[Leftover], kept: list[Kept], *, is_json: bool) -> None:
    freed = _total(tuple(removed))
    if is_json:
        print_json(
            {
                "freed_bytes": freed,
                "removed": [{"kind": one.kind, "path": str(one.path), "size_bytes": one.size_bytes} for one in removed],
                "kept": [
                    {"kind": one.kind, "count": one.count, "size_bytes": one.size_bytes, "because": one.because}
                    for one in kept
                ],
            }
        )
        return
    for leftover in removed:
        print_line(f"removed {leftover.kind}/{leftover.path.name} ({_megabytes(leftover.size_bytes)})")
    for stays in kept:
        print_line(f"kept {stays.count} in {stays.kind} ({_megabytes(stays.size_bytes)}): {stays.because}")
    print_line(f"{_megabytes(freed)} freed")


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:.1f} MB"
