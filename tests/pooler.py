"""A private pgbouncer that hands each transaction to any of a few server connections."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

PATIENCE_S = 30.0
SERVER_CONNECTIONS = 2


def program() -> str | None:
    """Return where pgbouncer is installed; None when it is not."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """Yield an address of the same database behind a pgbouncer of two server connections a database."""
    address = make_url(url)
    found = program()
    assert found is not None
    with tempfile.TemporaryDirectory(prefix="eaa-pooler-") as name:
        folder, port = Path(name), _free_port()
        folder.chmod(0o755)
        users = folder / "users.txt"
        users.write_text(f'"{address.username}" "{address.password}"\n')
        config = folder / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n* = host={address.host} port={address.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {users}\npool_mode = transaction\n"
            f"default_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 100\n"
        )
        # It refuses to work as root.
        as_other = ["-u", "nobody"] if os.getuid() == 0 else []
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([found, *as_other, str(config)], stdout=log, stderr=log)
        pooled_url = address.set(port=port).render_as_string(hide_password=False)
        try:
            _wait_until_it_answers(pooled_url, process, folder / "log")
            yield pooled_url
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
