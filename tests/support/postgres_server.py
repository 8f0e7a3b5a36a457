"""A Postgres of a test's own, to be stopped and started again on what it kept."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

STARTING_S = 60.0


@dataclass(slots=True)
class PostgresServer:
    """The cluster, its port and its process."""

    programs: Path
    folder: Path
    port: int
    password: str
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Address of its one database."""
        return f"postgresql://eaa:{self.password}@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make an empty cluster."""
        secret = self.folder / "password"
        secret.touch(mode=0o644)
        secret.write_text(self.password)
        words = ["-U", "eaa", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8"]
        command = _unprivileged([self.programs / "initdb", "-D", self.folder / "data", *words])
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        """Start it and return when it takes connections."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "shared_buffers": "32MB"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", self.port, *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                _unprivileged(command), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "eaa"]
        deadline_s = time.monotonic() + STARTING_S
        while subprocess.run(ready, check=False).returncode != 0:
            assert time.monotonic() < deadline_s, (self.folder / "log").read_text()
            time.sleep(0.05)

    def copy_to(self, folder: Path, port: int) -> "PostgresServer":
        """Return a streaming replica of this server, not started yet."""
        command = [self.programs / "pg_basebackup", "-D", folder / "data", "-R", "-X", "stream", "--checkpoint=fast"]
        at = ["-h", "127.0.0.1", "-p", self.port, "-U", "eaa"]
        environment = {**os.environ, "PGPASSWORD": self.password}
        subprocess.run(
            _unprivileged([*command, *at]), check=True, capture_output=True, cwd=self.folder, env=environment
        )
        return PostgresServer(self.programs, folder, port, self.password)

    def kill(self) -> None:
        """End it at once, as an immediate shutdown: what was committed is recovered at the next start."""
        if self.process is not None:
            # SIGQUIT lets the postmaster end its children; a SIGKILL would leave them behind.
            self.process.send_signal(3)
            self.process.wait()
            self.process = None


@contextmanager
def replica_of(primary: PostgresServer) -> Iterator[PostgresServer]:
    """Yield a running streaming replica; end it and remove its data at the end of the block."""
    with _folder() as folder:
        replica = primary.copy_to(folder, _free_port())
        try:
            replica.start()
            yield replica
        finally:
            replica.kill()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Yield a running server; end it and remove its data at the end of the block."""
    programs = _programs()
    if programs is None:
        pytest.skip("no Postgres: run `make services`")
    with _folder() as folder:
        server = PostgresServer(programs, folder, _free_port(), secrets.token_hex(12))
        try:
            server.make()
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def _folder() -> Iterator[Path]:
    # Its unprivileged user must reach the folder, which it cannot below a test's own.
    folder = Path(tempfile.mkdtemp(prefix="eaa-postgres-"))
    if os.getuid() == 0:
        os.chown(folder, _user().pw_uid, _user().pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _programs() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return debian[-1].parent if debian else Path(on_path).resolve().parent if on_path else None


def _unprivileged(command: Sequence[object]) -> list[str]:
    words = [str(word) for word in command]
    if os.getuid() != 0:
        return words
    return ["setpriv", f"--reuid={_user().pw_uid}", f"--regid={_user().pw_gid}", "--clear-groups", "--", *words]


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
