"""Finds out which sandboxes work on this machine, and what to do about those that do not."""

import asyncio
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.cgroups import ControlGroup
from eaa.adapters.sandbox.containers import ContainerSandbox
from eaa.adapters.sandbox.engines import ask_engine, last_line
from eaa.adapters.sandbox.seccomp import seccomp_program
from eaa.domain.command import Access, Command, CommandResult, Limits, Mount
from eaa.domain.errors import SandboxUnavailable
from eaa.ports.sandbox import Sandbox, SandboxStatus

_ENGINES = ("docker", "podman")
_PROBE_LIMITS = Limits(wall_s=20)
_INSTALL_HINT = "Install bubblewrap, for example `apt-get install bubblewrap` or `dnf install bubblewrap`."
_MACOS_HINT = "Sandboxes show this machine's own programs, so they need Linux: run eaa in a Linux virtual machine."
_ENGINE_HINTS = (
    ("hybrid mode", 'Install runc and write `[engine]` and `runtime = "runc"` to /etc/containers/containers.conf.'),
    ("container-init binary not found", "Install catatonit, Podman's init for containers."),
)
"""Words in what an engine says → what to do."""
_APPARMOR_HINT = (
    "AppArmor forbids unprivileged user namespaces here (Ubuntu 23.10 and later). Allow them for bubblewrap: write "
    "`abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }` to "
    "/etc/apparmor.d/bwrap and run `apparmor_parser -r /etc/apparmor.d/bwrap`."
)
_CONTAINER_HINT = (
    "As root in a container without CAP_SYS_ADMIN nothing can be mounted. Run as another user, or give the container "
    "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined --cap-add SYS_ADMIN`."
)
# Kernel settings that switch unprivileged user namespaces off: file → value that does, and what to do.
_SWITCHES = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", _APPARMOR_HINT),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "Run `sysctl kernel.unprivileged_userns_clone=1` as root."),
    ("/proc/sys/user/max_user_namespaces", "0", "Run `sysctl user.max_user_namespaces=15000` as root."),
)


async def probe_sandboxes() -> tuple[SandboxStatus, ...]:
    """Return the status of every kind of sandbox, the preferred one first. Starts a harmless command in each."""
    engines = (probe_engine(engine) for engine in _ENGINES)
    bubblewrap, *others = await asyncio.gather(_probe_bubblewrap(), *engines)
    if bubblewrap.is_working:
        bubblewrap = replace(bubblewrap, notes=await _notes())
    return (bubblewrap, *others)


async def choose_sandbox() -> Sandbox:
    """Return the first sandbox that works here. Being unsafe is never chosen; it has to be asked for.

    Raises:
        SandboxUnavailable: None works.
    """
    bubblewrap = await _probe_bubblewrap()
    if bubblewrap.is_working:
        return BubblewrapSandbox()
    statuses = [bubblewrap]
    for engine in _ENGINES:
        status = await probe_engine(engine)
        if status.is_working:
            return ContainerSandbox(engine)
        statuses.append(status)
    raise SandboxUnavailable(because="; ".join(f"{status.kind}: {status.because}" for status in statuses))


async def probe_engine(engine: str) -> SandboxStatus:
    """Return the status of `docker` or `podman`. Starts a harmless command."""
    if sys.platform != "linux":
        return _broken(engine, f"this is {sys.platform}, whose programs no container can run", hint=_MACOS_HINT)
    if shutil.which(engine) is None:
        return _broken(engine, f"`{engine}` is not installed")
    answer = await asyncio.to_thread(ask_engine, engine, "info")
    if answer.returncode != 0:
        because = f"`{engine} info` failed: {last_line(answer)}"
        return _broken(engine, because, hint=f"Start {engine}, and let your user use it.")
    if engine == "podman" and os.geteuid() != 0 and b"cgroupVersion: v2" not in answer.stdout:
        because = "without root and without control groups of version 2 it cannot limit memory"
        return _broken(engine, because, hint="Start the system with `systemd.unified_cgroup_hierarchy=1`.")
    tried = await _try(ContainerSandbox(engine), script="echo x > made && cat made")
    if isinstance(tried, str):
        return _broken(engine, f"a first container failed: {tried}", hint=_engine_hint(tried))
    return _working(engine, f"ran a command in {tried.duration_s * 1000:.0f} ms", _engine_notes(engine))


async def _probe_bubblewrap() -> SandboxStatus:
    if sys.platform != "linux":
        return _broken("bubblewrap", f"this is {sys.platform}, not Linux", hint=_MACOS_HINT)
    program = shutil.which("bwrap")
    if program is None:
        return _broken("bubblewrap", "`bwrap` is not installed", hint=_INSTALL_HINT)
    tried = await _try(BubblewrapSandbox(), script="true")
    if isinstance(tried, str):
        return _broken("bubblewrap", tried, hint=_bubblewrap_hint())
    return _working("bubblewrap", f"{program} ran a command in {tried.duration_s * 1000:.0f} ms")


def _bubblewrap_hint() -> str:
    for file, value, hint in _SWITCHES:
        if _content(file) == value:
            return hint
    return _CONTAINER_HINT if os.geteuid() == 0 else "Ask whoever runs this machine to allow user namespaces."


def _content(file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except OSError:
        return ""


async def _notes() -> tuple[str, ...]:
    notes = []
    group = ControlGroup.create(Limits())
    if group is None:
        notes.append(
            "no control group can be made here: memory of all processes together is only looked at now and then"
        )
    else:
        group.remove()
    if not await _copies_work():
        notes.append(
            "copy-on-write mounts are read-only: bubblewrap 0.11 makes overlays, older ones need a kernel that lets you"
        )
    if seccomp_program() is None:
        notes.append("no system call filter for this processor")
    return tuple(notes)


async def _try(sandbox: Sandbox, *, script: str) -> CommandResult | str:
    """Return how a first command went well, or why it did not."""
    with tempfile.TemporaryDirectory(prefix="eaa-probe-") as root:
        try:
            result = await sandbox.run(Command(("sh", "-c", script), limits=_PROBE_LIMITS), root=Path(root))
        except SandboxUnavailable as error:
            return str(error)
    if result.is_success:
        return result
    return f"a first command ended with {result.end.value}: {result.stderr.text(limit_characters=200).strip()}"


def _engine_hint(said: str) -> str:
    return next((hint for words, hint in _ENGINE_HINTS if words in said), "")


def _engine_notes(engine: str) -> tuple[str, ...]:
    notes = ["its image is made here and shows this machine's own programs, nothing is pulled"]
    if engine != "podman":
        notes.append("copy-on-write mounts are read-only")
    return tuple(notes)


async def _copies_work() -> bool:
    with tempfile.TemporaryDirectory(prefix="eaa-probe-") as folder:
        mounts = (Mount(Path(folder), "/copied", Access.COPY_ON_WRITE),)
        with tempfile.TemporaryDirectory(prefix="eaa-probe-") as root:
            command = Command(("touch", "/copied/made"), mounts=mounts, limits=_PROBE_LIMITS)
            return (await BubblewrapSandbox().run(command, root=Path(root))).is_success


def _working(kind: str, because: str, notes: tuple[str, ...] = ()) -> SandboxStatus:
    return SandboxStatus(kind, is_working=True, because=because, notes=notes)


def _broken(kind: str, because: str, *, hint: str = "") -> SandboxStatus:
    return SandboxStatus(kind, is_working=False, because=because, hint=hint)
