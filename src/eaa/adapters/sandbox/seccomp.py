"""The system calls that a sandboxed command may not make, assembled as a classic BPF program.

Source: Linux, `Documentation/userspace-api/seccomp_filter.rst` and the system call tables of x86_64 and arm64.
"""

import errno
import platform
import struct
from functools import cache

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL_PROCESS, _ERROR, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

# Calls that are refused whatever their arguments: name → (x86_64, aarch64).
_REFUSED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
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
}
# Calls that pretend not to exist, so that libraries fall back: their arguments lie behind pointers we cannot read.
_ABSENT = {
    "clone3": (435, 435),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "openat2": (437, 437),
}
_CLONE, _IOCTL, _SOCKET = (56, 220), (16, 29), (41, 198)
_NEW_NAMESPACES = 0x7E020000
_TERMINAL_INJECTIONS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_SET_ID_BITS = 0o6000
# call number → index of its mode argument: chmod fchmod fchmodat fchmodat2 creat mknod mknodat
_MODE_CALLS = ({90: 1, 91: 1, 268: 2, 452: 2, 85: 1, 133: 1, 259: 2}, {52: 1, 53: 2, 452: 2, 33: 2})
# call number → index of its flags argument; the mode follows it: open openat
_OPEN_CALLS = ({2: 1, 257: 2}, {56: 2})
_CREATES_FILE = 0o100 | 0o20000000  # O_CREAT, __O_TMPFILE
# Unix, IPv4, IPv6, netlink. The rest is attack surface, and AF_VSOCK would reach the host of a virtual machine
# because it knows no network namespaces.
_SOCKET_FAMILIES = (1, 2, 10, 16)


@cache
def seccomp_program() -> bytes | None:
    """Return the filter for this machine, or None on an architecture we have no table for."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return None
    return assemble(machine)


def assemble(machine: str) -> bytes:
    """Return the filter for `x86_64` or `aarch64` as an array of `struct sock_filter`."""
    column = 0 if machine == "x86_64" else 1
    program = _Program()
    program.check_architecture(_ARCHITECTURES[machine], has_x32=machine == "x86_64")
    for numbers in _REFUSED.values():
        program.refuse(numbers[column], errno.EPERM)
    for numbers in _ABSENT.values():
        program.refuse(numbers[column], errno.ENOSYS)
    program.refuse_bits(_CLONE[column], argument=0, bits=_NEW_NAMESPACES)
    program.refuse_values(_IOCTL[column], argument=1, values=_TERMINAL_INJECTIONS)
    program.allow_only_values(_SOCKET[column], argument=0, values=_SOCKET_FAMILIES)
    for number, argument in _MODE_CALLS[column].items():
        program.refuse_bits(number, argument=argument, bits=_SET_ID_BITS)
    for number, argument in _OPEN_CALLS[column].items():
        program.refuse_set_id_creation(number, flags_argument=argument)
    return program.finish()


class _Program:
    """Instructions in order. Between two rules the accumulator always holds the number of the call."""

    def __init__(self) -> None:
        self._instructions: list[bytes] = []

    def check_architecture(self, architecture: int, *, has_x32: bool) -> None:
        self._add(_LOAD, _ARCHITECTURE_AT)
        self._add(_JUMP_EQUAL, architecture, if_true=1)
        self._add(_RETURN, _KILL_PROCESS)
        self._add(_LOAD, _NUMBER_AT)
        if has_x32:
            self._add(_JUMP_AT_LEAST, _X32_BIT, if_false=1)
            self._add(_RETURN, _KILL_PROCESS)

    def refuse(self, number: int, error: int) -> None:
        self._add(_JUMP_EQUAL, number, if_false=1)
        self._add(_RETURN, _ERROR | error)

    def refuse_bits(self, number: int, *, argument: int, bits: int) -> None:
        self._add(_JUMP_EQUAL, number, if_false=4)
        self._load_argument(argument)
        self._add(_JUMP_ANY_BIT, bits, if_false=1)
        self._add(_RETURN, _ERROR | errno.EPERM)
        self._add(_LOAD, _NUMBER_AT)

    def refuse_values(self, number: int, *, argument: int, values: tuple[int, ...]) -> None:
        self._add(_JUMP_EQUAL, number, if_false=2 + 2 * len(values))
        self._load_argument(argument)
        for value in values:
            self._add(_JUMP_EQUAL, value, if_false=1)
            self._add(_RETURN, _ERROR | errno.EPERM)
        self._add(_LOAD, _NUMBER_AT)

    def allow_only_values(self, number: int, *, argument: int, values: tuple[int, ...]) -> None:
        self._add(_JUMP_EQUAL, number, if_false=3 + len(values))
        self._load_argument(argument)
        for index, value in enumerate(values):
            self._add(_JUMP_EQUAL, value, if_true=len(values) - index)
        self._add(_RETURN, _ERROR | errno.EAFNOSUPPORT)
        self._add(_LOAD, _NUMBER_AT)

    def refuse_set_id_creation(self, number: int, *, flags_argument: int) -> None:
        self._add(_JUMP_EQUAL, number, if_false=6)
        self._load_argument(flags_argument)
        self._add(_JUMP_ANY_BIT, _CREATES_FILE, if_false=3)
        self._load_argument(flags_argument + 1)
        self._add(_JUMP_ANY_BIT, _SET_ID_BITS, if_false=1)
        self._add(_RETURN, _ERROR | errno.EPERM)
        self._add(_LOAD, _NUMBER_AT)

    def finish(self) -> bytes:
        self._add(_RETURN, _ALLOW)
        return b"".join(self._instructions)

    def _load_argument(self, index: int) -> None:
        # The low half is enough: modes, flags, families and ioctl numbers are 32 bits wide in the kernel.
        self._add(_LOAD, _ARGUMENTS_AT + 8 * index)

    def _add(self, code: int, operand: int, *, if_true: int = 0, if_false: int = 0) -> None:
        self._instructions.append(struct.pack("<HBBI", code, if_true, if_false, operand))
