"""Adds up the memory of a whole process tree, where no control group does it."""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

_PAUSE_S = 0.2
_SHARE_OF_TIME = 4
_INODE_BYTES = 1024


class MemoryWatch:
    """Looks every now and then; a tree that grows quickly can pass the limit for a moment before it is seen."""

    def __init__(self, first_process: int, *, limit_bytes: int, folders: Sequence[str] = ()) -> None:
        """Watch a process and its descendants, and what they keep in these folders of theirs that lie in memory."""
        self._folders = folders
        self._first_process = first_process
        self._limit_bytes = limit_bytes
        self._next_look = time.monotonic() + _PAUSE_S

    def is_exceeded(self) -> bool:
        """Return whether the tree uses more than the limit; cheap enough to ask often."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        tree = _tree(self._first_process)
        # Pages that forked processes share are counted once only in the second sum, which is dear.
        left_bytes = self._limit_bytes - _folder_bytes(tree, self._folders)
        is_exceeded = sum(tree.values()) > left_bytes and (
            sum(_proportional_bytes(process, otherwise=own) for process, own in tree.items()) > left_bytes
        )
        self._next_look = time.monotonic() + max(_PAUSE_S, _SHARE_OF_TIME * (time.monotonic() - now))
        return is_exceeded


def _tree(first_process: int) -> dict[int, int]:
    """Return the processes of the tree with the memory that each has touched, in bytes."""
    parents: dict[int, int] = {}
    own: dict[int, int] = {}
    for folder in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if folder.name.isdigit():
            facts = _facts(folder / "status")
            parents[int(folder.name)] = facts.get("PPid", 0)
            own[int(folder.name)] = (facts.get("RssAnon", 0) + facts.get("RssShmem", 0)) * 1024
    return {process: own[process] for process in own if _descends(process, first_process, parents)}


def _descends(process: int, first_process: int, parents: dict[int, int]) -> bool:
    # Orphans inside become children of the first process, so no branch is ever lost.
    seen = set()
    while process in parents and process not in seen:
        if process == first_process:
            return True
        seen.add(process)
        process = parents[process]
    return False


def _proportional_bytes(process: int, *, otherwise: int) -> int:
    facts = _facts(Path(f"/proc/{process}/smaps_rollup"))
    if "Pss_Anon" not in facts:
        return otherwise
    return (facts["Pss_Anon"] + facts.get("Pss_Shmem", 0)) * 1024


def _folder_bytes(processes: Iterable[int], folders: Sequence[str]) -> int:
    """Return what lies in folders in memory, seen through the first process that lets us; empty files cost too."""
    for process in processes:
        try:
            found = [os.statvfs(f"/proc/{process}/root{folder}") for folder in folders]
        except OSError:
            continue
        return sum(
            (one.f_blocks - one.f_bfree) * one.f_frsize + (one.f_files - one.f_ffree) * _INODE_BYTES for one in found
        )
    return 0


def _facts(file: Path) -> dict[str, int]:
    """Return the lines `Name: number …` of a file in /proc; none when the process is gone or hidden."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return {}
    parts = (line.split() for line in lines)
    return {words[0].rstrip(":"): int(words[1]) for words in parts if len(words) > 1 and words[1].isdigit()}
