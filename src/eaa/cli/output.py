"""What commands print: JSON or lines on stdout, errors on stderr. Text that others wrote cannot drive the terminal."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from eaa.domain.errors import EaaError
from eaa.kit.bounded import printable


class Tone(StrEnum):
    """How a line is meant."""

    PLAIN = "plain"
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


_STYLES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.NOTE: "yellow", Tone.BAD: "red"}


def print_json(value: Any) -> None:
    """Print exactly one JSON object on stdout."""
    import json

    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def print_line(text: str = "") -> None:
    """Print a line on stdout."""
    sys.stdout.write(printable(text) + "\n")


def print_text(text: str) -> None:
    """Print a text of several lines on stdout."""
    sys.stdout.write(_printable_lines(text) + "\n")


def print_facts(rows: Sequence[tuple[str, str, Tone]]) -> None:
    """Print (name, what is so, tone) on stdout: a table on a terminal, one line each anywhere else."""
    if not sys.stdout.isatty():
        for name, text, tone in rows:
            mark = f"[{tone.value}] " if tone is not Tone.PLAIN else ""
            print_line(f"{name}: {mark}{text}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text, tone in rows:
        table.add_row(Text(printable(name)), Text(printable(text), style=_STYLES[tone]))
    Console().print(table)


def print_error(error: EaaError, *, is_json: bool) -> None:
    """Say what happened and what to do."""
    _print_problem(error.code, str(error), error.hint, is_json=is_json)


def print_usage_error(message: str) -> None:
    """Say as JSON what is wrong with the command line."""
    _print_problem("usage", message, "`eaa COMMAND --help` shows how.", is_json=True)


def print_fault(error: Exception, *, is_json: bool) -> None:
    """Say that we failed, with everything that helps to find out why."""
    import traceback

    sys.stderr.write("".join(traceback.format_exception(error)))
    hint = "This is a fault of ours; please report it with the lines above."
    _print_problem(EaaError.code, f"{type(error).__name__}: {error}", hint, is_json=is_json)


def _print_problem(code: str, message: str, hint: str, *, is_json: bool) -> None:
    if is_json:
        print_json({"error": {"code": code, "message": message, "hint": hint}})
        return
    lines = [f"eaa: {_printable_lines(message)}", *([_printable_lines(hint)] if hint else [])]
    sys.stderr.write("\n".join(lines) + "\n")


def _printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.splitlines()))
