"""Git's smart protocol over HTTP for one bare repository, with git's own back end."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web


@dataclass(frozen=True, slots=True)
class GitBackend:
    """A bare repository that is fetched from and pushed to. Who may is decided before."""

    repository: Path

    async def answer(self, request: web.Request, rest: str) -> web.Response:
        """Answer a request of git for what lies at `rest` in the repository."""
        body = await request.read()
        said = await self._run(
            "-c",
            "http.receivepack=true",
            "http-backend",
            stdin=body,
            environment={
                "GIT_PROJECT_ROOT": str(self.repository),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": request.method,
                "PATH_INFO": f"/{rest}",
                "QUERY_STRING": request.query_string,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            },
        )
        head, _, content = said.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(fields.pop("Status", "200").split()[0])
        return web.Response(status=status, body=content, headers=fields)

    async def branches(self) -> dict[str, str]:
        """Return where each branch points."""
        listing = await self._run("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/")
        return dict(line.rsplit(" ", 1) for line in listing.decode().splitlines())

    async def point(self, reference: str, commit: str) -> None:
        """Let a reference name a commit."""
        await self._run("update-ref", reference, commit)

    async def _run(self, *words: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
        process = await asyncio.create_subprocess_exec(
            "git",
            "-c",
            "safe.directory=*",
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=self.repository,
            env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", **(environment or {})},
        )
        stdout, _ = await process.communicate(stdin)
        if process.returncode != 0:
            raise RuntimeError(f"git {words} ended with {process.returncode}")
        return stdout
