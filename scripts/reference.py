"""Writes the reference pages that are derived from the code.

Usage: python -m scripts.reference FOLDER
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, cast

import msgspec
import typer

import eaa
from eaa.cli.main import app
from eaa.domain.errors import EaaError
from eaa.domain.event import EVENT_TYPES
from eaa.domain.event_data import EVENT_VERSIONS
from eaa.domain.evidence import Evidence, Severity, TamperKind
from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from eaa.engine.event_schemas import schema_of
from eaa.services.gateway.app import application
from eaa.services.gateway.house import House
from scripts.asyncapi import asyncapi

# Code that is copied into sandboxes or run by Alembic, and the module that starts the program.
NOT_IMPORTED = (
    "eaa.__main__",
    "eaa.engine.repair.host.",
    "eaa.adapters.toolchains.python.probe.",
    "eaa.adapters.sql.migrations.",
)
MADE_BY = "<!-- Written by `make docs` from the code. Do not edit. -->\n\n"


def main(arguments: Sequence[str]) -> int:
    """Write every page into the folder named."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[str, Callable[[], str]] = {
        "commands.md": commands_page,
        "settings.md": settings_page,
        "errors.md": errors_page,
        "events.md": events_page,
        "evidence.md": evidence_page,
        "evidence.schema.json": evidence_schema,
        "openapi.json": openapi_document,
        "asyncapi.json": asyncapi_document,
        "event-schemas.json": event_schemas,
    }
    for name, page in pages.items():
        made_by = MADE_BY if name.endswith(".md") else ""
        (folder / name).write_text(made_by + page().strip() + "\n", encoding="utf-8")
    return 0


# --- the HTTP API ---


def openapi_document() -> str:
    """Return the description of the HTTP API, as the gateway serves it at /openapi.json."""
    # The routes look at the house when they are asked, and nobody asks here.
    schema = application(cast("House", None)).openapi()
    return _json(schema)


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


# --- commands ---


def commands_page() -> str:
    """Return every command with its arguments, options and example, as `--help` has them."""
    root: Any = typer.main.get_command(app)
    return "# Commands\n\n" + "\n".join(_command_sections(root, "eaa"))


def _command_sections(command: Any, name: str) -> Iterator[str]:
    if command.hidden:
        return
    yield f"## {name}\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    yield from _table(("argument or option", "meaning", "default"), map(_parameter_row, shown))
    if command.epilog:
        yield f"{inspect.cleandoc(command.epilog)}\n"
    context = command.make_context(name, [], resilient_parsing=True)
    for child in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from _command_sections(command.get_command(context, child), f"{name} {child}")


def _parameter_row(parameter: Any) -> tuple[str, str, str]:
    is_option = parameter.param_type_name == "option"
    spellings = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.name.upper()]
    return f"`{', '.join(spellings)}`", parameter.help or "", _default(parameter.default)


def _default(value: object) -> str:
    # Only plain values say anything to a reader; a flag that is off by default needs no words.
    is_plain = isinstance(value, str | int | float | Path) and value not in ("", False)
    return f"`{value}`" if is_plain else ""


# --- settings ---


def settings_page() -> str:
    """Return every setting with its environment variable, default and meaning."""
    heading = "# Settings\n\nPrecedence: flag, environment variable, `eaa.toml`, default.\n"
    if find_spec("eaa.settings") is None:
        return heading
    settings: Any = import_module("eaa.settings").Settings
    prefix = settings.model_config.get("env_prefix", "")
    rows = (
        (
            f"`{_variable(name, field, prefix)}`",
            _type_name(field.annotation),
            "" if field.is_required() or field.default in (None, "") else f"`{field.default}`",
            field.description or "",
        )
        for name, field in settings.model_fields.items()
    )
    return heading + "\n" + "\n".join(_table(("variable", "type", "default", "meaning"), rows))


def _variable(name: str, field: Any, prefix: str) -> str:
    alias = field.validation_alias
    choices = getattr(alias, "choices", None)
    return str(choices[0] if choices else alias or f"{prefix}{name}").upper()


def _type_name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


# --- errors, events, evidence ---


def errors_page() -> str:
    """Return every error raised on purpose, by code."""
    _import_everything()
    rows = sorted(
        (f"`{error.code}`", error.__name__, _first_line(error))
        for error in _below(EaaError)
        if not error.__name__.startswith("_")
    )
    table = _table(("code", "name", "what happened"), rows)
    return "# Errors\n\nCodes are stable; scripts may rely on them.\n\n" + "\n".join(table)


def events_page() -> str:
    """Return all types of events and what each says."""
    rows = ((f"`{name}`", str(EVENT_VERSIONS[name]), _said_by(name)) for name in sorted(EVENT_TYPES))
    heading = (
        "# Events\n\nFacts, past tense, [CloudEvents 1.0](../events.md). The shapes of their data are in "
        "[event-schemas.json](event-schemas.json), the stream is described in [asyncapi.json](asyncapi.json).\n\n"
    )
    return heading + "\n".join(_table(("type", "version", "data"), rows))


def _said_by(event_type: str) -> str:
    names = schema_of(event_type).get("properties") or _referred(schema_of(event_type)).get("properties", {})
    return ", ".join(f"`{name}`" for name in names)


def _referred(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema.get("$defs", {}).get(name, {})
    return found


def event_schemas() -> str:
    """Return the JSON Schema of each type's data."""
    return _json({name: schema_of(name) for name in sorted(EVENT_TYPES)})


def asyncapi_document() -> str:
    """Return the description of the stream of events, as AsyncAPI 3.0."""
    return _json(asyncapi())


def evidence_page() -> str:
    """Return the closed lists of words that `evidence.json` uses."""
    words: tuple[tuple[str, type[StrEnum]], ...] = (
        ("Kind of a task", Kind),
        ("Verdict of a task", TaskVerdict),
        ("Verdict of a criterion", CriterionVerdict),
        ("Outcome of one test run", Outcome),
        ("Tamper finding", TamperKind),
        ("Severity of a finding", Severity),
    )
    sections = [
        f"## {title}\n\n{_first_line(enum)}\n\n" + "\n".join(f"- `{member.value}`" for member in enum) + "\n"
        for title, enum in words
    ]
    heading = "# Evidence\n\nThe shape is in [evidence.schema.json](evidence.schema.json). The words:\n"
    return "\n".join([heading, *sections])


def evidence_schema() -> str:
    """Return the JSON Schema of `evidence.json`."""
    schema = msgspec.json.schema(Evidence)
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()


def _import_everything() -> None:
    # An error that lives beside the code that raises it is known only once that code is imported.
    for module in walk_packages(eaa.__path__, "eaa."):
        if not module.name.startswith(NOT_IMPORTED):
            import_module(module.name)


def _below(root: type[EaaError]) -> Iterator[type[EaaError]]:
    yield root
    for child in root.__subclasses__():
        yield from _below(child)


def _first_line(documented: type) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    if cells:
        yield from (f"| {' | '.join(row)} |" for row in [heading, ["---"] * len(heading), *cells])
        yield ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
