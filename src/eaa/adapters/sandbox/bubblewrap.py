"""Runs commands with bubblewrap: namespaces, an almost empty file system, seccomp, limits.

Nothing of ours stands between this process and bubblewrap. A thread starts `bwrap --args FD` and sends its options.
While bubblewrap makes the sandbox, the thread puts it into its control group and sets its limits; only then it opens
the gate behind which the command waits. So the command never runs outside its limits, and no helper process is needed.
"""

import os
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

from typing_extensions import override

from eaa.adapters.sandbox.bubblewrap_tree import BubblewrapTree, Setting, Start
from eaa.adapters.sandbox.cgroups import ControlGroup
from eaa.adapters.sandbox.layout import (
    VARIABLES,
    Bind,
    command_binds,
    workspace_binds,
)
from eaa.adapters.sandbox.overlays import can_be_overlaid, overlaid
from eaa.adapters.sandbox.ownership import give_folder, sandbox_uid
from eaa.adapters.sandbox.private_mounts import bind_to_neutral_places, overlay_neutral_place
from eaa.adapters.sandbox.registries import registry_binds, registry_variables
from eaa.adapters.sandbox.results import command_result
from eaa.adapters.sandbox.supervision import StopSignal, in_own_thread, watch
from eaa.domain.command import Access, Command, CommandResult, Network
from eaa.domain.errors import SandboxUnavailable
from eaa.ports.sandbox import Sandbox


class BubblewrapSandbox(Sandbox):
    """Needs `bwrap` and unprivileged user namespaces. As root it drops to a uid of its own first.

    A workspace that a root process hands in is given to that uid; what root writes into it afterwards should get the
    owner of the workspace's root folder.
    """

    def __init__(self, *, program: str = "bwrap") -> None:
        """Use the bubblewrap found under this name or path."""
        self._program = program

    @property
    @override
    def kind(self) -> str:
        return "bubblewrap"

    @override
    async def run(self, command: Command, *, root: Path) -> CommandResult:
        program = shutil.which(self._program)
        if program is None:
            raise SandboxUnavailable(because=f"{self._program} is not installed")
        has_overlay = overlay_is_supported(program)
        return await in_own_thread(lambda stop: _run(command, program, root.resolve(), stop, has_overlay=has_overlay))


@cache
def overlay_is_supported(program: str) -> bool:
    """Return whether this bubblewrap knows overlays (0.11); else copy-on-write mounts are read-only."""
    usage = subprocess.run([program, "--help"], capture_output=True, check=False, timeout=10)
    return b"--tmp-overlay" in usage.stdout + usage.stderr


def _run(command: Command, program: str, root: Path, stop: StopSignal, *, has_overlay: bool) -> CommandResult:
    uid = sandbox_uid()
    if uid is not None:
        give_folder(root, uid)
    variables = VARIABLES | _network_variables(command) | command.environment
    binds = [*workspace_binds(root), *_network_binds(command, variables), *command_binds(command)]
    prefix: list[str] = []
    if uid is not None:
        binds = _reachable(binds, uid, size_bytes=command.limits.tmp_bytes)
    elif not has_overlay:
        made = overlaid(binds, size_bytes=command.limits.tmp_bytes)
        binds, prefix = made.binds, made.prefix
    group = ControlGroup.create(command.limits)
    try:
        return _run_limited(command, Setting(program, prefix, binds, variables, group, uid, has_overlay), root, stop)
    finally:
        if group is not None:
            group.remove()


def _run_limited(command: Command, setting: Setting, root: Path, stop: StopSignal) -> CommandResult:
    with BubblewrapTree(command, setting) as tree:
        watched = watch(tree, root=root, limits=command.limits, stop=stop)
        start = tree.start_of(watched)
    if start is Start.NO_SANDBOX:
        raise SandboxUnavailable(because=watched.stderr.text(limit_characters=500).strip() or "bubblewrap failed")
    group = setting.group
    return command_result(
        watched,
        has_program=start is Start.RAN,
        ran_out_of_memory=group is not None and group.ran_out_of_memory(),
        peak_memory_bytes=None if group is None else group.peak_memory_bytes(),
        was_refused_processes=group is not None and group.refused_processes(),
    )


def _network_variables(command: Command) -> dict[str, str]:
    return registry_variables(os.environ) if command.network is Network.REGISTRIES else {}


def _network_binds(command: Command, variables: dict[str, str]) -> list[Bind]:
    return registry_binds(variables) if command.network is Network.REGISTRIES else []


def _reachable(binds: list[Bind], uid: int, *, size_bytes: int) -> list[Bind]:
    """Return the binds from where `uid` reaches them, copy-on-write folders already overlaid."""
    try:
        places = bind_to_neutral_places([bind.source for bind in binds])
    except OSError as error:
        raise SandboxUnavailable(because=f"the private mounts failed: {error}") from error
    reachable = [Bind(place, bind.target, bind.access) for place, bind in zip(places, binds, strict=True)]
    return [_overlaid_by_root(bind, uid, size_bytes) if can_be_overlaid(bind) else bind for bind in reachable]


def _overlaid_by_root(bind: Bind, uid: int, size_bytes: int) -> Bind:
    try:
        seen = overlay_neutral_place(bind.source, size_bytes=size_bytes, uid=uid)
    except OSError:
        return replace(bind, access=Access.READ_ONLY)
    return Bind(seen, bind.target, Access.READ_WRITE)
