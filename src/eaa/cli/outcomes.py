"""What comes of each line of `eaa task create --from`, said as soon as it is known."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eaa.cli.exit_codes import ExitCode, exit_code_of_error
from eaa.cli.output import print_error, print_json, print_line
from eaa.domain.errors import EaaError

_AGAIN = "Give the same command again: a task whose run has not ended is not queued twice."
_ON_THE_WAY = "What was on its way may be queued or not."


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """Of `count` lines. With JSON all are said at the end, as one object."""

    count: int
    is_json: bool
    _found: dict[int, dict[str, Any]] = field(default_factory=dict, init=False)

    def queued(self, line: int, facts: Mapping[str, Any]) -> None:
        """Say that a line's task is on record: `task`, `run`, `state`, `is_new`."""
        self._found[line] = {"line": line, **facts}
        state = facts["state"] if facts["is_new"] else f"was there already: {facts['state']}"
        self._say(f"line {line}: task {facts['task']}, run {facts['run']}, {state}")

    def refused(self, line: int, *, code: str, message: str) -> None:
        """Say why a line's task was not queued."""
        self._found[line] = {"line": line, "error": {"code": code, "message": message}}
        self._say(f"line {line}: {message}")

    def end(self) -> int:
        """Say how many were queued; return 2 when one could not be, else 0."""
        if self.is_json:
            print_json(self._facts())
        self._say(self._counts())
        return ExitCode.USAGE if self._refused else ExitCode.DONE

    def break_off(self, error: EaaError) -> int:
        """Say what was queued before an error and what is left; return the error's exit code."""
        if self.is_json:
            self._print_broken_off(error.code, str(error), f"{error.hint} {_AGAIN}".strip())
        else:
            self._say(self._counts_and_left())
            print_error(error, is_json=False)
            sys.stderr.write(f"{_AGAIN}\n")
        return exit_code_of_error(error)

    def interrupt(self) -> None:
        """Say what was queued before a person interrupted it, and that of what is left nobody knows."""
        if self.is_json:
            self._print_broken_off("interrupted", "a person interrupted it", f"{_ON_THE_WAY} {_AGAIN}")
        sys.stderr.write(f"{self._counts_and_left()}\n{_ON_THE_WAY}\n{_AGAIN}\n")

    def _print_broken_off(self, code: str, message: str, hint: str) -> None:
        error = {"code": code, "message": message, "hint": hint}
        print_json(self._facts() | {"left": self._left, "error": error})

    @property
    def _left(self) -> int:
        return self.count - len(self._found)

    @property
    def _refused(self) -> int:
        return sum("error" in one for one in self._found.values())

    def _facts(self) -> dict[str, Any]:
        tasks = [self._found[line] for line in sorted(self._found)]
        return {"tasks": tasks, "queued": len(tasks) - self._refused, "refused": self._refused}

    def _counts(self) -> str:
        return f"{len(self._found) - self._refused} queued, {self._refused} refused"

    def _counts_and_left(self) -> str:
        return f"{self._counts()}, {self._left} not answered for"

    def _say(self, text: str) -> None:
        if not self.is_json:
            print_line(text)
            # Who reads it in a pipe has to know what is on record, whatever becomes of us.
            sys.stdout.flush()
