"""Runs one attack, never as root: `python -m tests.attacks.runner FOLDER PYTHON NUMBER`; prints one JSON object.

`FOLDER` is an empty folder that the caller may write, `PYTHON` the root of an interpreter to mount.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.command import Command, Mount
from eaa.domain.errors import EaaError
from eaa.domain.ids import RunId
from eaa.domain.workspace import Workspace
from tests.attacks.attack import PYTHON, Attack, Host, Outcome
from tests.attacks.catalogue import ATTACKS


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an attack."""

    is_contained: bool
    end: str
    exit_code: int | None
    printed: str
    captured: str


@contextmanager
def standing_host(folder: Path) -> Iterator[tuple[Host, list[str]]]:
    """Set up what attacks try to reach; yields it and the list in which connections would be noted."""
    secret = f"secret-{uuid4().hex}"
    mark = f"eaa-attack-{uuid4().hex}"
    os.environ["EAA_ATTACK_SECRET"] = secret
    secret_file = folder / "secret.txt"
    secret_file.write_text(secret)
    connected: list[str] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as loopback,
        socket.socket(socket.AF_UNIX) as abstract,
        subprocess.Popen(["sleep", "600"]) as victim,
    ):
        abstract.bind(f"\0{mark}")
        abstract.listen()
        for listener in (loopback, abstract):
            threading.Thread(target=_note_connections, args=(listener, connected), daemon=True).start()
        try:
            yield Host(folder, secret, secret_file, loopback.getsockname()[1], victim.pid, mark), connected
        finally:
            victim.kill()


def _note_connections(listener: socket.socket, connected: list[str]) -> None:
    while True:
        try:
            listener.accept()[0].close()
        except OSError:
            return
        connected.append(str(listener.family))


async def run_attack(attack: Attack, host: Host, python: Path) -> Report:
    """Run it in a fresh workspace and look at what is left."""
    if attack.in_repository:
        return await _attack_repository(attack, host, python)
    root = host.folder / "workspace"
    root.mkdir()
    return await _attack_folder(attack, host, python, root)


async def _attack_folder(attack: Attack, host: Host, python: Path, root: Path) -> Report:
    if attack.prepare is not None:
        attack.prepare(root)
    command = Command(attack.argv(host), mounts=(Mount(python, PYTHON),), limits=attack.limits)
    outcome = Outcome(await BubblewrapSandbox().run(command, root=root), root, host)
    is_contained = attack.is_contained(outcome) and attack.proof in outcome.printed
    return Report(is_contained, outcome.result.end.value, outcome.result.exit_code, outcome.printed[-1500:], "")


async def _attack_repository(attack: Attack, host: Host, python: Path) -> Report:
    """Attack a checkout, then let the host do with it all that it ever does."""
    home = host.folder / "home"
    repositories = GitRepositories(home=home)
    repository = await repositories.open(str(_small_repository(host.folder / "project")))
    commit = (await repositories.resolve(repository, "HEAD")).id
    workspaces = GitWorkspaces(home=home)
    async with workspaces.open(repository, commit) as workspace:
        report = await _attack_folder(attack, host, python, workspace.root)
        try:
            changes = await workspaces.changes(workspace)
            await repositories.commit(
                repository, parent=commit, changes=changes, message="attack", run_id=RunId("run_attack")
            )
            captured = f"took {[change.path for change in changes]}"
        except EaaError as refusal:
            captured = str(refusal)
        leaked = await _read_everything(workspaces, workspace, host)
        await repositories.inspect(host.folder / "project")
    is_removed = not workspace.root.exists()
    is_contained = report.is_contained and not host.is_pwned() and not leaked and is_removed
    captured = f"{captured}; leaked {leaked}; removed {is_removed}"
    return Report(is_contained, report.end, report.exit_code, report.printed, captured)


async def _read_everything(workspaces: GitWorkspaces, workspace: Workspace, host: Host) -> list[str]:
    leaked = []
    for path in ("out.txt", "slash/etc/passwd", "up/passwd", "package/secret.txt", "README", "p", "g"):
        try:
            content = await workspaces.read(workspace, path)
        except EaaError:
            continue
        if host.secret.encode() in content or b"root:" in content:
            leaked.append(path)
    return leaked


def _small_repository(folder: Path) -> Path:
    (folder / "package").mkdir(parents=True)
    (folder / "README").write_text("A project.\n")
    (folder / "package/module.py").write_text("print('hello')\n")
    name = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), (*name, "commit", "-q", "-m", "Begin")):
        subprocess.run(
            ["git", *arguments], cwd=folder, check=True, env={"PATH": os.environ["PATH"], "HOME": "/nowhere"}
        )
    return folder


def main() -> None:
    """Run one attack and print its report."""
    if os.geteuid() == 0:
        raise SystemExit("attacks never run as root")
    folder, python, number = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with standing_host(folder) as (host, connected):
        report = asyncio.run(run_attack(ATTACKS[number], host, python))
    said = {
        "is_contained": report.is_contained and not connected,
        "end": report.end,
        "exit_code": report.exit_code,
        "printed": report.printed,
        "captured": report.captured,
        "connected": connected,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
