"""The system calls that a sandboxed command may not make: one table, from which every kind of sandbox makes its filter.

Source: Linux, the system call tables of x86_64 and arm64.
"""

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Machines there is a table for, with their audit numbers. `column` below is the place in this order."""

REFUSED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mbind": (237, 235),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "set_mempolicy": (238, 237),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
"""Refused whatever their arguments: name → number by column."""
ABSENT = {
    "clone3": (435, 435),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "openat2": (437, 437),
}
"""Pretend not to exist, so that libraries fall back: their arguments lie behind pointers we cannot read."""

CLONE, IOCTL, SOCKET = (56, 220), (16, 29), (41, 198)
NEW_NAMESPACES = 0x7E020000
"""Flags of clone, each of which makes a new namespace."""
TERMINAL_INJECTIONS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
SET_ID_BITS = 0o6000
MODE_CALLS = {
    "chmod": ((90, None), 1),
    "fchmod": ((91, 52), 1),
    "fchmodat": ((268, 53), 2),
    "fchmodat2": ((452, 452), 2),
    "creat": ((85, None), 1),
    "mknod": ((133, None), 1),
    "mknodat": ((259, 33), 2),
}
"""Name → number by column (None: not there), and the index of the mode argument."""
OPEN_CALLS = {"open": ((2, None), 1), "openat": ((257, 56), 2)}
"""Name → number by column, and the index of the flags argument; the mode follows it."""
CREATING_FLAGS = (0o100, 0o20000000)  # O_CREAT, __O_TMPFILE
SOCKET_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6, netlink. The rest is attack surface, and AF_VSOCK would reach the host of a virtual machine
because it knows no network namespaces."""


def column_of(machine: str) -> int:
    """Return the column of a machine."""
    return list(ARCHITECTURES).index(machine)
