"""LiteLLM in a virtual environment of its own, made when it is first wanted."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from eaa.kit.digest import sha256_hex

LOCK: Final = Path(__file__).parent / "requirements-bench-litellm.txt"
_INSTALL_S: Final = 900.0
_LONGEST_REASON: Final = 300


class LiteLlmMissing(Exception):
    """LiteLLM cannot be installed here; says why."""


async def litellm_python(home: Path) -> Path:
    """Return an interpreter that has LiteLLM, installing it below `home` from a lock with hashes when need be.

    Raises:
        LiteLlmMissing: It cannot be installed. What was begun is begun anew the next time.
    """
    lock = await asyncio.to_thread(LOCK.read_bytes)
    folder = home / "bench" / f"litellm-{sha256_hex(lock)[:12]}"
    python, stamp = folder / "bin" / "python", folder / "installed"
    if await asyncio.to_thread(stamp.exists):
        return python
    await _run(sys.executable, "-m", "venv", "--clear", str(folder))
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes")
    await _run(str(python), "-m", "pip", "install", *options, "-r", str(LOCK))
    await asyncio.to_thread(stamp.touch)
    return python


async def _run(*command: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        raise LiteLlmMissing(f"{command[0]} cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(_INSTALL_S):
            _, errors = await process.communicate()
    except TimeoutError:
        raise LiteLlmMissing(f"it was not installed within {_INSTALL_S:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last_words = " ".join(errors.decode(errors="replace").split()[-30:])
        raise LiteLlmMissing(f"it could not be installed: {last_words[-_LONGEST_REASON:]}")
