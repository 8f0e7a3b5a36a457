"""Keys out of the environment and out of helper programs."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress

from typing_extensions import override

from eaa.domain.model import Provider
from eaa.domain.model_errors import KeyRefused
from eaa.domain.secret import Secret
from eaa.ports.model_keys import ModelKeys

_LONGEST_OUTPUT_BYTES = 64 * 1024


class KeySources(ModelKeys):
    """Looks into the environment first, then asks the provider's helper program.

    What a helper printed is remembered until `refresh`, and is never part of a log or an error.
    """

    def __init__(self, *, environment: Mapping[str, str], limit_s: float = 10.0) -> None:
        """Take the environment to look into, and how long a helper may take."""
        self._environment = environment
        self._limit_s = limit_s
        self._printed: dict[str, tuple[Secret, ...]] = {}
        self._read: dict[str, tuple[str, tuple[Secret, ...]]] = {}
        """Variables as they were read last, so that each is taken apart once and not with each call."""
        self._locks: dict[str, asyncio.Lock] = {}

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        from_environment = self._from_environment(provider)
        if from_environment or not provider.key_command:
            return from_environment
        # One helper at a time for each provider: it may ask its user, or a service that counts.
        async with self._locks.setdefault(provider.name, asyncio.Lock()):
            if provider.name not in self._printed:
                self._printed[provider.name] = await self._from_command(provider)
            return self._printed[provider.name]

    @override
    async def refresh(self, provider: Provider) -> None:
        self._printed.pop(provider.name, None)

    def _from_environment(self, provider: Provider) -> tuple[Secret, ...]:
        variable = provider.key_environment
        if variable is None:
            return ()
        value = self._environment.get(variable, "")
        read = self._read.get(variable)
        if read is not None and read[0] == value:
            return read[1]
        found = [key.strip() for key in value.split(",")]
        keys = tuple(_checked(Secret(key), where=f"the variable {variable}") for key in found if key)
        if not keys and not provider.key_command:
            raise KeyRefused(
                f"provider {provider.name} has no key: the variable {variable} is empty",
                hint=f"Set {variable}, or give the provider a `key_command`.",
            )
        self._read[variable] = (value, keys)
        return keys

    async def _from_command(self, provider: Provider) -> tuple[Secret, ...]:
        program = provider.key_command[0]
        hint = f"Run `{program}` by hand; it must print a key, and nothing else, within {self._limit_s:g} s."
        try:
            process = await asyncio.create_subprocess_exec(
                *provider.key_command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
        except OSError as error:
            because = f"the key helper {program} cannot be started: {error.strerror}"
            raise KeyRefused(because, hint=hint) from None
        try:
            async with asyncio.timeout(self._limit_s):
                output = await _printed_by(process)
                status = await process.wait()
        except TimeoutError:
            because = f"the key helper {program} printed no key within {self._limit_s:g} s"
            raise KeyRefused(because, hint=hint) from None
        finally:
            await _end(process)
        if status != 0:
            raise KeyRefused(f"the key helper {program} failed with status {status}", hint=hint)
        lines = output.decode(errors="replace").splitlines()
        keys = tuple(
            _checked(Secret(line.strip()), where=f"the key helper {program}") for line in lines if line.strip()
        )
        if not keys:
            raise KeyRefused(f"the key helper {program} printed nothing", hint=hint)
        return keys


async def _printed_by(process: Process) -> bytes:
    assert process.stdout is not None
    output = b""
    while piece := await process.stdout.read(_LONGEST_OUTPUT_BYTES):
        output = (output + piece)[: _LONGEST_OUTPUT_BYTES + 1]
    return output


async def _end(process: Process) -> None:
    """End the helper with all that it started, and wait for it, so that nothing of it is left."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _checked(key: Secret, *, where: str) -> Secret:
    """Return a key that can go into a header.

    Raises:
        KeyRefused: It holds a space, a control character or anything beyond ASCII. The key is not shown.
    """
    if not key.is_sendable:
        raise KeyRefused(
            f"what {where} gives cannot be a key: it holds a space or another forbidden character",
            hint="Give the bare key: no quotes, no words around it.",
        )
    return key
