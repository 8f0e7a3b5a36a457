"""Why no test could run at all, in one sentence with the next step."""

import re
from collections.abc import Iterator

from eaa.domain.command import CommandEnd, CommandResult
from eaa.kit.bounded import printable
from eaa.ports.toolchain import TestRun

_LINE_CHARACTERS = 300
_OUTPUT_CHARACTERS = 60_000
_NO_PROGRAM = 127
_CONFTEST = re.compile(
    r"while loading conftest '(?:/src/)?([^']+)'|^(?:/src/)?(\S*conftest\.py):\d+: in ", re.MULTILINE
)
_PLUGIN = re.compile(r'Error importing plugin "([^"]+)": (.+)')
_USAGE = re.compile(r"^(?:ERROR: )?.*: error: (.+)$|^ERROR: (?!usage: )(.+)$", re.MULTILINE)
_ERROR = re.compile(r"^(?:E\s+)?([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Failed)\b.*)$")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


def fault_of(run: TestRun, result: CommandResult, noise: str) -> str:
    """Return what kept a run from its first test, as one sentence that ends with what to do.

    Args:
        run: What was asked for.
        result: How its process ended, before anything was told about a test.
        noise: What the project and its framework printed on standard output.
    """
    text = f"{noise}\n{result.stderr.text(limit_characters=_OUTPUT_CHARACTERS)}".strip()
    what, next_step = _read(run, result, text)
    return f"The tests could not start: {what.rstrip('.')}. {next_step}"


def _read(run: TestRun, result: CommandResult, text: str) -> tuple[str, str]:
    own = run.environment.test_command
    if result.end is CommandEnd.TIMED_OUT:
        return (
            f"nothing had begun after {run.timeout_s:g} s{_quoted(_last(text))}",
            "Look at what is imported and set up before the first test; it seems to wait for something.",
        )
    if result.end is not CommandEnd.EXITED:
        return f"the process ended before the first test: {result.end.value}{_quoted(_last(text))}", _PYTHON
    if conftest := _CONFTEST.search(text):
        return f"{conftest[1] or conftest[2]} {_raised(text)}", "Mend that file, or install what it needs."
    if plugin := _PLUGIN.search(text):
        return (
            f"the plugin {_plain(plugin[1])} of pytest cannot be imported: {_plain(plugin[2])}",
            "Install it in the environment, or take it out of the project's settings.",
        )
    if own is not None:
        return (
            f"`{_plain(own)}` ended with exit code {result.exit_code} before the first test{_quoted(_last(text))}",
            "Run it by hand to see why; give another one with `--test-command`.",
        )
    return _read_start(run, result, text)


_PYTHON = "Give an interpreter with the project's requirements: `--python PATH`."


def _read_start(run: TestRun, result: CommandResult, text: str) -> tuple[str, str]:
    if "No module named 'pytest'" in text:
        return "pytest is not installed in the environment", f"Install it there, or choose another one. {_PYTHON}"
    if result.exit_code == _NO_PROGRAM:
        return f"there is no interpreter at {run.environment.interpreter}", _PYTHON
    usage = _USAGE.search(text)
    if usage is not None and "Traceback" not in text:
        said = usage[1] or usage[2]
        return (
            f"pytest refuses its options: {_plain(said)}",
            "Install the plugin that knows them, or take them out of the project's settings of pytest.",
        )
    if "Traceback" in text or "INTERNALERROR" in text:
        return f"{run.suite.framework}, or something it loads, {_raised(text)}", f"Mend the environment. {_PYTHON}"
    return f"the process ended with exit code {result.exit_code} before the first test{_quoted(_last(text))}", _PYTHON


def _raised(text: str) -> str:
    """Return the last error that a text tells of, as `raises ValueError: no`."""
    found = next(_errors(text), "")
    return f"raises {_plain(found)}" if found else f"fails{_quoted(_last(text))}"


def _errors(text: str) -> Iterator[str]:
    for line in reversed(text.splitlines()):
        if found := _ERROR.match(line.removeprefix("INTERNALERROR> ").strip()):
            yield found[1]


def _last(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _quoted(text: str) -> str:
    return f": {_plain(text)}" if text else ""


def _plain(text: str) -> str:
    one_line = _ADDRESS.sub("0x…", printable(" ".join(text.split())))
    return one_line if len(one_line) <= _LINE_CHARACTERS else f"{one_line[:_LINE_CHARACTERS]}…"
