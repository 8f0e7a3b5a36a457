"""Peers of our benchmarks, each in a virtual environment of its own, installed when it is first wanted."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from eaa.kit.digest import sha256_hex

_INSTALL_S: Final = 900.0
_LONGEST_REASON: Final = 300


class PeerMissing(Exception):
    """A peer cannot be installed here; says why."""


async def installed_peer(name: str, lock: Path, *, home: Path) -> Path:
    """Return an interpreter that has a peer, installing it below `home` from a lock with hashes when need be.

    Args:
        name: What its folder is called.
        lock: Requirements with hashes.
        home: Where virtual environments of benchmarks are kept.

    Raises:
        PeerMissing: It cannot be installed. What was begun is begun anew the next time.
    """
    content = await asyncio.to_thread(lock.read_bytes)
    folder = home / "bench" / f"{name}-{sha256_hex(content)[:12]}"
    python, stamp = folder / "bin" / "python", folder / "installed"
    if await asyncio.to_thread(stamp.exists):
        return python
    await _run(sys.executable, "-m", "venv", "--clear", str(folder))
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes")
    await _run(str(python), "-m", "pip", "install", *options, "-r", str(lock))
    await asyncio.to_thread(stamp.touch)
    return python


async def _run(*command: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        raise PeerMissing(f"{command[0]} cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(_INSTALL_S):
            _, errors = await process.communicate()
    except TimeoutError:
        raise PeerMissing(f"it was not installed within {_INSTALL_S:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last_words = " ".join(errors.decode(errors="replace").split()[-30:])
        raise PeerMissing(f"it could not be installed: {last_words[-_LONGEST_REASON:]}")
