"""A snapshot in which a project's tests run."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.ids import EnvironmentKey


class Consent(StrEnum):
    """Whether packages may be installed from a registry for this run."""

    GIVEN = "given"
    NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class EnvironmentRequest:
    """What a person said about the environment; unset parts are found in the repository."""

    setup_command: str | None = None
    test_command: str | None = None
    interpreter: str | None = None
    """`--python PATH`."""
    consent: Consent = Consent.NOT_GIVEN


@dataclass(frozen=True, slots=True)
class Environment:
    """A ready environment. It is mounted read-only (or copy-on-write) into every later sandbox."""

    key: EnvironmentKey
    toolchain: str
    recipe: str
    """How it was made, in one line: `project .venv`, `pip install -r requirements.txt`, …"""
    interpreter: str
    """Absolute path of the interpreter as commands inside the sandbox see it."""
    interpreter_version: str
    """Such as `3.11.7`."""
    mounts: tuple[tuple[str, str], ...] = ()
    """(host path, path inside) of everything the interpreter needs."""
    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables, such as `PYTHONPATH`."""
    test_command: str | None = None
    """A person's own test command, if one was given."""
    notes: tuple[str, ...] = ()
    """What a person should know: which versions a lock file pinned and which it could not, what was not built."""
