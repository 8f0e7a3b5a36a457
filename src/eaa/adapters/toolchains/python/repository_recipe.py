"""What a repository says about its environment in `.eaa/environment.toml`. Anyone may have written that."""

import tomllib
from dataclasses import replace

from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import EnvironmentMissing

RECIPE_FILE = ".eaa/environment.toml"
_KEYS = ("setup_command", "test_command")


def narrowed(request: EnvironmentRequest, content: bytes) -> EnvironmentRequest:
    """Return the request with what a person left open filled in by the file: `setup_command`, `test_command`.

    A set-up command of the file installs nothing without the person's consent, like any other recipe.

    Raises:
        EnvironmentMissing: The file cannot be read.
    """
    try:
        table = tomllib.loads(content.decode())
    except ValueError as error:
        raise _unreadable(str(error)) from error
    unknown = sorted(key for key in table if key not in _KEYS or not isinstance(table[key], str))
    if unknown:
        raise _unreadable(f"{unknown[0]} is no text of these: {', '.join(_KEYS)}")
    setup_command = request.setup_command
    if setup_command is None and request.interpreter is None:
        setup_command = table.get("setup_command")
    return replace(request, setup_command=setup_command, test_command=request.test_command or table.get("test_command"))


def _unreadable(because: str) -> EnvironmentMissing:
    return EnvironmentMissing(
        because=f"{RECIPE_FILE} could not be read: {because[:200]}", hint=f"Correct {RECIPE_FILE}, or remove it."
    )
