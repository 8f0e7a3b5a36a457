"""Our errors as plain facts and back, so that what was raised in one process can be raised again in another."""

from collections.abc import Iterator, Mapping
from typing import Any

from eaa.domain.errors import EaaError

_ERROR = "error"
"""Stands before the facts of an error that another one holds."""
_PLAIN = (str, int, float, bool, type(None))


def facts_of(error: Exception) -> dict[str, Any]:
    """Return code, message, hint and plain attributes of an error; one that is not ours becomes a `fault`."""
    if not isinstance(error, EaaError):
        return {"code": EaaError.code, "message": f"{type(error).__name__}: {error}", "hint": "", "attributes": {}}
    attributes = {name: value for name, value in vars(error).items() if name not in ("hint", "code")}
    return {
        "code": error.code,
        "message": str(error),
        "hint": error.hint,
        "attributes": {name: _plain(value) for name, value in attributes.items() if not name.startswith("_")},
    }


def error_of(facts: Mapping[str, Any]) -> EaaError:
    """Return the error with these facts: of the class with its code, or a plain EaaError when no class has it."""
    classes = (known for known in _known(EaaError) if known.code == facts["code"])
    error_class = next(classes, EaaError)
    # The constructors want facts, not the finished message, and differ from class to class.
    error = error_class.__new__(error_class)
    EaaError.__init__(error, facts["message"], hint=facts["hint"])
    if error_class.code != facts["code"]:
        # No class of this process has it; whoever looks at the code still finds it.
        setattr(error, "code", facts["code"])  # noqa: B010 - a constant of the classes that are known
    for name, value in facts["attributes"].items():
        setattr(error, name, _firm(value))
    return error


def _known(error_class: type[EaaError]) -> Iterator[type[EaaError]]:
    yield error_class
    for below in error_class.__subclasses__():
        yield from _known(below)


def _plain(value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, EaaError):
        return {_ERROR: facts_of(value)}
    return str(value)


def _firm(value: object) -> object:
    """Return an attribute as it was, a set as a tuple."""
    if isinstance(value, list | tuple):
        return tuple(map(_firm, value))
    if isinstance(value, dict) and _ERROR in value:
        return error_of(value[_ERROR])
    return value
