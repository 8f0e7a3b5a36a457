"""The filter of system calls, assembled as a classic BPF program.

Source: Linux, `Documentation/userspace-api/seccomp_filter.rst`.
"""

import errno
import platform
import struct
from functools import cache

from eaa.adapters.sandbox import system_calls as calls

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL_PROCESS, _ERROR, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000


@cache
def seccomp_program() -> bytes | None:
    """Return the filter for this machine, or None on an architecture we have no table for."""
    machine = platform.machine()
    if machine not in calls.ARCHITECTURES:
        return None
    return assemble(machine)


def assemble(machine: str) -> bytes:
    """Return the filter for `x86_64` or `aarch64` as an array of `struct sock_filter`."""
    column = calls.column_of(machine)
    program = _Program()
    program.check_architecture(calls.ARCHITECTURES[machine], has_x32=machine == "x86_64")
    for numbers in calls.REFUSED.values():
        program.refuse(numbers[column], errno.EPERM)
    for numbers in calls.ABSENT.values():
        program.refuse(numbers[column], errno.ENOSYS)
    program.refuse_bits(calls.CLONE[column], argument=0, bits=calls.NEW_NAMESPACES)
    program.refuse_values(calls.IOCTL[column], argument=1, values=calls.TERMINAL_INJECTIONS)
    program.allow_only_values(calls.SOCKET[column], argument=0, values=calls.SOCKET_FAMILIES)
    for call, argument in calls.MODE_CALLS.values():
        if (number := call[column]) is not None:
            program.refuse_bits(number, argument=argument, bits=calls.SET_ID_BITS)
    for call, argument in calls.OPEN_CALLS.values():
        if (number := call[column]) is not None:
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
        self._add(_JUMP_ANY_BIT, calls.CREATING_FLAGS[0] | calls.CREATING_FLAGS[1], if_false=3)
        self._load_argument(flags_argument + 1)
        self._add(_JUMP_ANY_BIT, calls.SET_ID_BITS, if_false=1)
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
