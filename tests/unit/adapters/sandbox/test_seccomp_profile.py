"""The profile's decisions, taken by a small reader of its own, beside those of bubblewrap's filter."""

import errno
import json
from typing import Any

import pytest

from eaa.adapters.sandbox import system_calls as calls
from eaa.adapters.sandbox.seccomp_profile import seccomp_profile

ALLOWED = 0
FULL = 0xFFFFFFFF00000000


def decide(name: str, *arguments: int) -> int:
    """Return the error that a call gets, or 0."""
    profile: dict[str, Any] = json.loads(seccomp_profile("x86_64") or "{}")
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    for rule in profile["syscalls"]:
        if name in rule["names"] and all(_holds(condition, padded[condition["index"]]) for condition in rule["args"]):
            return int(rule["errnoRet"])
    return ALLOWED


def _holds(condition: dict[str, Any], argument: int) -> bool:
    if condition["op"] == "SCMP_CMP_GE":
        return argument >= int(condition["value"])
    assert condition["op"] == "SCMP_CMP_MASKED_EQ"
    return argument & int(condition["value"]) == int(condition["valueTwo"])


def test_what_bubblewraps_filter_refuses_is_refused() -> None:
    assert {decide(name) for name in calls.REFUSED} == {errno.EPERM}
    assert {decide(name) for name in calls.ABSENT} == {errno.ENOSYS}
    assert {decide(name) for name in ("read", "execve", "clone", "openat", "socketpair", "chmod")} == {ALLOWED}


@pytest.mark.parametrize("upper_half", [0, FULL])
def test_the_upper_half_of_an_argument_passes_nothing(upper_half: int) -> None:
    assert decide("ioctl", 0, upper_half | 0x5412) == errno.EPERM
    assert decide("clone", upper_half | 0x10000000 | 17) == errno.EPERM
    assert decide("chmod", 0, upper_half | 0o4755) == errno.EPERM
    assert decide("openat", 0, 0, upper_half | 0o101, upper_half | 0o2755) == errno.EPERM
    assert decide("socket", upper_half | 40) == errno.EAFNOSUPPORT


def test_ordinary_files_and_sockets_are_made() -> None:
    assert decide("openat", 0, 0, 0o101, 0o644) == ALLOWED
    assert decide("openat", 0, 0, 0, 0o4755) == ALLOWED
    assert [family for family in range(64) if decide("socket", family) == ALLOWED] == [1, 2, 10, 16]


def test_calls_of_another_architecture_are_not_known() -> None:
    assert json.loads(seccomp_profile("aarch64") or "{}")["architectures"] == ["SCMP_ARCH_AARCH64"]
    assert seccomp_profile("riscv64") is None
