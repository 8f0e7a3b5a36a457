"""The filter's decisions, taken by a small interpreter of its own, for processors that are not here as well."""

import errno
import struct

import pytest

from eaa.adapters.sandbox.seccomp import assemble

ALLOW, KILL = 0x7FFF0000, 0x80000000
X86_64, AARCH64 = 0xC000003E, 0xC00000B7


def refused(number: int) -> int:
    return 0x00050000 | number


def decide(machine: str, architecture: int, number: int, *arguments: int) -> int:
    """Return what the filter answers to a call."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    program = list(struct.iter_unpack("<HBBI", assemble(machine)))
    accumulator = position = 0
    while True:
        code, if_true, if_false, operand = program[position]
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return int(operand)
        else:
            holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}
            position += if_true if holds[code] else if_false


def on_x86(number: int, *arguments: int) -> int:
    return decide("x86_64", X86_64, number, *arguments)


def on_arm(number: int, *arguments: int) -> int:
    return decide("aarch64", AARCH64, number, *arguments)


def test_everyday_calls_are_allowed() -> None:
    everyday = [on_x86(number) for number in (0, 1, 3, 9, 12, 39, 59, 60, 202, 231, 257, 262, 334)]
    everyday += [on_arm(number) for number in (56, 57, 63, 64, 93, 94, 172, 214, 221, 222)]

    assert set(everyday) == {ALLOW}


def test_calls_of_another_architecture_end_the_process() -> None:
    assert decide("x86_64", 0x40000003, 1) == KILL
    assert decide("aarch64", X86_64, 1) == KILL
    assert on_x86(0x40000000 | 39) == KILL


@pytest.mark.parametrize(("x86", "arm"), [(101, 117), (165, 40), (272, 97), (308, 268), (321, 280), (323, 282)])
def test_dangerous_calls_are_refused_on_both(x86: int, arm: int) -> None:
    assert on_x86(x86) == on_arm(arm) == refused(errno.EPERM)


@pytest.mark.parametrize("number", [425, 426, 427, 435, 437])
def test_calls_whose_arguments_are_hidden_seem_not_to_exist(number: int) -> None:
    assert on_x86(number) == on_arm(number) == refused(errno.ENOSYS)


def test_threads_and_forks_are_made_but_no_namespaces() -> None:
    thread, fork = 0x3D0F00, 17
    for new_namespace in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert on_x86(56, new_namespace | fork) == on_arm(220, new_namespace | fork) == refused(errno.EPERM)
    for flags in (thread, fork):
        assert on_x86(56, flags) == on_arm(220, flags) == ALLOW


def test_terminals_are_asked_but_not_typed_into() -> None:
    for injection in (0x5412, 0x541C, 0xFFFFFFFF00005412):
        assert on_x86(16, 1, injection) == on_arm(29, 1, injection) == refused(errno.EPERM)
    assert on_x86(16, 1, 0x5401) == on_arm(29, 1, 0x5413) == ALLOW


def test_only_the_usual_families_of_sockets_are_opened() -> None:
    for family in (1, 2, 10, 16):
        assert on_x86(41, family) == on_arm(198, family) == ALLOW
    for family in (15, 17, 29, 38, 40, 44):
        assert on_x86(41, family) == on_arm(198, family) == refused(errno.EAFNOSUPPORT)


def test_no_call_sets_a_set_id_bit() -> None:
    for bit in (0o4755, 0o2755, 0o6000):
        answers = [on_x86(90, 0, bit), on_x86(91, 0, bit), on_x86(268, 0, 0, bit), on_x86(452, 0, 0, bit)]
        answers += [on_x86(85, 0, bit), on_x86(133, 0, bit), on_x86(259, 0, 0, bit)]
        answers += [on_x86(2, 0, 0o101, bit), on_x86(257, 0, 0, 0o101, bit), on_x86(257, 0, 0, 0o20200002, bit)]
        answers += [on_arm(52, 0, bit), on_arm(53, 0, 0, bit), on_arm(452, 0, 0, bit), on_arm(33, 0, 0, bit)]
        answers += [on_arm(56, 0, 0, 0o101, bit), on_arm(56, 0, 0, 0o20000002, bit)]
        assert set(answers) == {refused(errno.EPERM)}


def test_plain_modes_are_set_and_the_mode_of_a_mere_opening_means_nothing() -> None:
    assert on_x86(90, 0, 0o1777) == on_arm(53, 0, 0, 0o755) == ALLOW
    assert on_x86(257, 0, 0, 0o101, 0o644) == ALLOW
    assert on_x86(257, 0, 0, 0o2, 0o4755) == on_arm(56, 0, 0, 0, 0o4755) == ALLOW
