"""Servers of a test's own, to be killed and started again on what they kept."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

STARTING_S = 20.0


@dataclass(slots=True)
class OwnServer:
    """The program with its arguments, its port and its folder."""

    command: tuple[str, ...]
    folder: Path
    port: int
    url: str
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and return when it listens."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline_s = time.monotonic() + STARTING_S
        while time.monotonic() < deadline_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        """End it where it stands."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def nats_server(folder: Path) -> Iterator[OwnServer]:
    """Yield a running NATS with JetStream; end it at the end of the block."""
    port = _free_port()
    words = ("--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", str(folder))
    with _running(_program("nats-server"), words, folder, port, f"nats://127.0.0.1:{port}") as server:
        yield server


@contextmanager
def redis_server(folder: Path) -> Iterator[OwnServer]:
    """Yield a running Redis that keeps nothing; end it at the end of the block."""
    port = _free_port()
    words = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder))
    with _running(_program("redis-server"), words, folder, port, f"redis://127.0.0.1:{port}/0") as server:
        yield server


@contextmanager
def pooler(postgres_url: str, *, connections: int = 6) -> Iterator[OwnServer]:
    """Yield a PgBouncer that hands each transaction of its clients to another connection of a server.

    Args:
        postgres_url: `postgresql://user:password@host:port/name`; the pooler has the same user and password.
        connections: Of the server, for each database.
    """
    parts = urlsplit(postgres_url)
    # It does not run as root, and its user must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="eaa-pooler-"))
    port, name = _free_port(), parts.path.removeprefix("/")
    users, settings = folder / "users", folder / "pgbouncer.ini"
    users.write_text(f'"{parts.username}" "{parts.password}"\n')
    settings.write_text(
        f"[databases]\n* = host={parts.hostname} port={parts.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = plain\n"
        f"auth_file = {users}\npool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 200\n"
        "server_reset_query_always = 0\nignore_startup_parameters = extra_float_digits\n"
    )
    for path in (folder, users, settings):
        path.chmod(0o755 if path.is_dir() else 0o644)
    url = f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{port}/{name}"
    words = ("--quiet", *(("--user", "nobody") if os.getuid() == 0 else ()), str(settings))
    try:
        with _running(_program("pgbouncer"), words, folder, port, url) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(program: str, words: tuple[str, ...], folder: Path, port: int, url: str) -> Iterator[OwnServer]:
    folder.mkdir(parents=True, exist_ok=True)
    server = OwnServer((program, *words), folder, port, url)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None and os.environ.get("EAA_REQUIRE_POSTGRES") == "1":
        pytest.fail(f"EAA_REQUIRE_POSTGRES=1, but {name} is not installed. Run `make services`.")
    if found is None:
        pytest.skip(f"no {name}: run `make services`")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
