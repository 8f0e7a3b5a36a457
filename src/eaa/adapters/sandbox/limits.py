"""Limits that the kernel holds for each process by itself.

They are set by a shell that becomes the program: a root without CAP_SYS_RESOURCE, as in most containers, may not set
them for a process of another uid, and code of ours may not run between fork and exec of a process with threads.
"""

import resource
from contextlib import suppress

from eaa.domain.command import Limits

_LOCKED_KIBIBYTES = 8192
# Between the signal that says "too much processor time" and the one that ends the process.
_CPU_GRACE_S = 2
_BLOCK_BYTES = 512


def limited(argv: list[str], limits: Limits, *, has_group: bool, counts_processes: bool) -> list[str]:
    """Return a command that limits itself and then becomes `argv`. Without a group it holds memory as well.

    `counts_processes` limits the processes of the whole uid, so it needs a uid that runs nothing else.
    """
    settings = [
        f"-Ht {limits.cpu_s + _CPU_GRACE_S}",
        f"-St {limits.cpu_s}",
        f"-f {limits.file_bytes // _BLOCK_BYTES}",
        "-c 0",
        f"-n {limits.open_files}",
        f"-l {_LOCKED_KIBIBYTES}",
    ]
    if not has_group:
        settings.append(f"-v {limits.memory_bytes // 1024}")
    lines = [f"ulimit {setting} 2>/dev/null" for setting in settings]
    if counts_processes:
        # bash calls it -u, dash -p.
        lines.append(f"ulimit -u {limits.processes} 2>/dev/null || ulimit -p {limits.processes} 2>/dev/null")
    return ["/bin/sh", "-c", "; ".join([*lines, 'exec "$@"']), "sh", *argv]


def limit_process_count(process_id: int, limits: Limits) -> None:
    """Limit the processes of our own uid in another user namespace, where they are counted apart from ours."""
    with suppress(ProcessLookupError, PermissionError):
        resource.prlimit(process_id, resource.RLIMIT_NPROC, (limits.processes, limits.processes))
