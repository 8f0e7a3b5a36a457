"""The filter of system calls in the words of container engines.

Source: Open Containers Initiative, runtime specification, "Seccomp".
"""

import errno
import json
from collections.abc import Iterable
from functools import cache

from eaa.adapters.sandbox import system_calls as calls

_ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
# A plain comparison looks at 64 bits, of which the kernel drops the upper half: it could be passed by setting that.
_LOWER_HALF = 0xFFFFFFFF

_Rule = dict[str, object]
_Condition = dict[str, object]


@cache
def seccomp_profile(machine: str) -> str | None:
    """Return the profile for `x86_64` or `aarch64` as JSON, or None where we have no table.

    It refuses what the filter of bubblewrap refuses; system calls of another architecture end the process.
    """
    if machine not in calls.ARCHITECTURES:
        return None
    rules = [_refuse(list(calls.REFUSED)), _refuse(list(calls.ABSENT), error=errno.ENOSYS)]
    rules += [_refuse(["clone"], _has(0, bit)) for bit in _bits(calls.NEW_NAMESPACES)]
    rules += [_refuse(["ioctl"], _is(1, value)) for value in calls.TERMINAL_INJECTIONS]
    rules += _socket_rules()
    for name, (_, argument) in calls.MODE_CALLS.items():
        rules += [_refuse([name], _has(argument, bit)) for bit in _bits(calls.SET_ID_BITS)]
    for name, (_, argument) in calls.OPEN_CALLS.items():
        for flag in calls.CREATING_FLAGS:
            rules += [
                _refuse([name], _has(argument, flag), _has(argument + 1, bit)) for bit in _bits(calls.SET_ID_BITS)
            ]
    profile = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": [_ARCHITECTURES[machine]], "syscalls": rules}
    return json.dumps(profile)


def _socket_rules() -> list[_Rule]:
    last = max(calls.SOCKET_FAMILIES)
    refused = [_is(0, family) for family in range(last) if family not in calls.SOCKET_FAMILIES]
    refused.append({"index": 0, "value": last + 1, "op": "SCMP_CMP_GE"})
    return [_refuse(["socket"], condition, error=errno.EAFNOSUPPORT) for condition in refused]


def _refuse(names: list[str], *conditions: _Condition, error: int = errno.EPERM) -> _Rule:
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": error, "args": list(conditions)}


def _has(argument: int, bit: int) -> _Condition:
    return {"index": argument, "value": bit, "valueTwo": bit, "op": "SCMP_CMP_MASKED_EQ"}


def _is(argument: int, value: int) -> _Condition:
    return {"index": argument, "value": _LOWER_HALF, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}


def _bits(mask: int) -> Iterable[int]:
    return (1 << position for position in range(mask.bit_length()) if mask >> position & 1)
