"""Our errors as plain facts and back, so that a replay raises what was raised; and the database's errors as ours."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from eaa.domain.errors import DatabaseUnreachable, DiskFull, EaaError

_PLAIN = (str, int, float, bool, type(None))


class NotRecorded(BaseException):
    """Carries a fault of the database past DBOS, which would otherwise record it as the outcome of the step."""

    def __init__(self, fault: EaaError) -> None:
        super().__init__()
        self.fault = fault


def fault_to_facts(error: Exception) -> dict[str, Any]:
    """Return code, message, hint and plain attributes of an error; one that is not ours becomes a `fault`.

    Raises:
        NotRecorded: The error says that the workflow database itself failed.
    """
    if isinstance(error, DBAPIError):
        raise NotRecorded(storage_fault(error))
    if not isinstance(error, EaaError):
        return {"code": EaaError.code, "message": f"{type(error).__name__}: {error}", "hint": "", "attributes": {}}
    attributes = {name: value for name, value in vars(error).items() if name != "hint"}
    return {
        "code": error.code,
        "message": str(error),
        "hint": error.hint,
        "attributes": {name: _plain(value) for name, value in attributes.items() if not name.startswith("_")},
    }


def fault_of(facts: Mapping[str, Any]) -> EaaError:
    """Return the error with these facts: of the class with its code, or a plain EaaError when no class has it."""
    classes = (known for known in _known(EaaError) if known.code == facts["code"])
    error_class = next(classes, EaaError)
    # The constructors want facts, not the finished message, and differ from class to class.
    error = error_class.__new__(error_class)
    EaaError.__init__(error, facts["message"], hint=facts["hint"])
    for name, value in facts["attributes"].items():
        setattr(error, name, value)
    return error


def storage_fault(error: DBAPIError) -> EaaError:
    """Return in our words why DBOS could not read or record something."""
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return DiskFull(path="the workflow database")
    return DatabaseUnreachable(database="of the workflows", because=str(error.orig).strip())


def _known(error_class: type[EaaError]) -> Iterator[type[EaaError]]:
    yield error_class
    for below in error_class.__subclasses__():
        yield from _known(below)


def _plain(value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
