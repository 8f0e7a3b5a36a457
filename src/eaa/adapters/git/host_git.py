"""Starts git on the host: our own configuration only, no hooks, no filters, no prompts, few protocols.

A repository can name programs in its configuration, attributes and hooks. None of it is in force here: the system and
global configuration are replaced, the folder's own is overruled for whatever could start a program.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from eaa.domain.errors import DiskFull, RepositoryUnusable

_OVERRULED = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.untrackedCache=false",
    "core.pager=cat",
    "diff.external=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "push.recurseSubmodules=no",
    "push.gpgSign=false",
    "commit.gpgSign=false",
    "log.showSignature=false",
    "maintenance.auto=false",
    "gc.auto=0",
    "credential.helper=",
    "safe.directory=*",
)
# What an ssh agent, a proxy or a private certificate needs; nothing else of the host's environment.
_PASSED_ON = (
    "PATH",
    "SSH_AUTH_SOCK",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
)
_NO_SPACE = b"No space left on device"
_USER_INFORMATION = re.compile(r"(?<=://)[^/@\s]*@")
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class GitFailed(Exception):
    """Git ended with a code that the caller did not expect. Never leaves the adapter."""

    exit_code: int
    stderr: bytes

    def because(self) -> str:
        """Return what git said, in one line and without credentials."""
        if b"could not read Username" in self.stderr or b"Authentication failed" in self.stderr:
            return "it asks for a login, and ours is missing or refused"
        lines = [line.strip() for line in self.stderr.decode(errors="replace").splitlines() if line.strip()]
        said = "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines[-3:])
        return _USER_INFORMATION.sub("", said)[:500] or f"git ended with code {self.exit_code}"


@dataclass(frozen=True, slots=True)
class HostGit:
    """Git for one purpose: where it works and what it may reach."""

    configuration: Path
    """A file of ours that stands in for the global configuration, also in the processes that git starts."""
    git_dir: Path | None = None
    protocols: str = "file"
    """What git may speak, `:`-separated."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def run(self, *arguments: str | bytes, stdin: bytes = b"", cwd: Path | None = None) -> bytes:
        """Return what git printed.

        Raises:
            GitFailed: Git ended with a code that is not zero.
            DiskFull: Git found no space.
        """
        async with self._start(arguments, cwd=cwd) as process:
            stdout, stderr = await process.communicate(stdin)
        if process.returncode != 0:
            if _NO_SPACE in stderr:
                raise DiskFull(path=str(self.git_dir or self.configuration.parent))
            raise GitFailed(process.returncode or -1, stderr)
        return stdout

    async def head_of_output(self, *arguments: str, limit_bytes: int) -> bytes:
        """Return at most this many bytes of what git prints, and end git there."""
        kept = bytearray()
        async with self._start(arguments, cwd=None) as process:
            assert process.stdout is not None
            while len(kept) < limit_bytes and (chunk := await process.stdout.read(_CHUNK_BYTES)):
                kept += chunk
        return bytes(kept[:limit_bytes])

    @asynccontextmanager
    async def _start(
        self, arguments: Sequence[str | bytes], *, cwd: Path | None
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        configuration = [word for setting in _OVERRULED for word in ("-c", setting)]
        process = await asyncio.create_subprocess_exec(
            "git",
            "--no-pager",
            *configuration,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=cwd or "/",
            env=self._variables(),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    # The whole group: a fetch has children of its own.
                    os.killpg(process.pid, 9)
                await process.communicate()

    def _variables(self) -> dict[str, str]:
        variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        variables |= {
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self.configuration),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": self.protocols,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_LAZY_FETCH": "1",
        }
        if self.git_dir is not None:
            variables["GIT_DIR"] = str(self.git_dir)
        return variables | dict(self.environment)


def unusable(source: str, failure: GitFailed, *, hint: str) -> RepositoryUnusable:
    """Return what a person is told when git failed on a source."""
    return RepositoryUnusable(source=_USER_INFORMATION.sub("", source), because=failure.because(), hint=hint)
