"""What produced a piece of evidence."""

from importlib.metadata import PackageNotFoundError, version

from eaa.domain.environment import Environment


def versions_of(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Return (part, version) of eaa and of the interpreter that ran the tests."""
    return (("eaa", _own_version()), (environment.toolchain, environment.interpreter_version))


def _own_version() -> str:
    try:
        return version("eaa")
    except PackageNotFoundError:
        return "unknown"
