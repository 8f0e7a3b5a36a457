"""Examples in code blocks, doctest sessions, tables and tracebacks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from eaa.domain.criterion import Example
from eaa.roles.pm.claims import Force, read_claims
from eaa.roles.pm.expressions import calls_in, comparison, is_statement, parse, truth, value_at

MOST_LINES = 400
MOST_EXAMPLES = 40

_FRAME = re.compile(r'\s*File "([^"\n]{1,300})", line (\d{1,7})(?:, in (.{1,200}))?')
_RAISED = re.compile(r"(?:\|\s*)?((?:[A-Za-z_]\w{0,80}\.)*[A-Z]\w{0,80})(?::\s*(.{0,500}))?\s*$")
_PRINT = re.compile(r"print\((.{1,900})\)$")
_INPUT_HEADER = re.compile(r"\b(input|call|expression|example|code|given|arguments?|args?|when|case)\b", re.IGNORECASE)
_EXPECTED_HEADER = re.compile(
    r"\b(expected|should\b.{0,20}|output|result|returns?|want(?:ed)?|then|correct)\b", re.IGNORECASE
)
_ACTUAL_HEADER = re.compile(r"\b(actual|got|current|observed|today|now|instead)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Traceback:
    """What a traceback in the request says."""

    exception: str
    message: str
    path: str
    """File of the last frame, as written."""
    line: int
    expression: str
    """The call in its first frame that was typed by the reporter, when it can be run by itself; else empty."""


def read_code(text: str) -> tuple[Example, ...]:
    """Return the examples of a block of code: comparisons, assertions, calls with a comment on what they give."""
    setup: list[str] = []
    examples: list[Example] = []
    for line in text.splitlines()[:MOST_LINES]:
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        found = _read_line(stripped)
        if found is not None:
            examples.append(replace(found, setup=tuple(setup)))
        elif is_statement(stripped.partition("  #")[0]):
            setup.append(stripped.partition("  #")[0].rstrip())
        if len(examples) >= MOST_EXAMPLES:
            break
    return tuple(examples)


def read_doctest(text: str) -> tuple[Example, ...]:
    """Return the examples of a session with `>>>` prompts, each with the statements before it as its setup."""
    setup: list[str] = []
    examples: list[Example] = []
    for source, output in _steps(text.splitlines()[:MOST_LINES]):
        code, _, comment = source.partition("  #")
        if comment:
            commented = _read_line(f"{code.rstrip()}  # {comment.strip()}")
            if commented is not None:
                examples.append(replace(commented, setup=tuple(setup)))
                continue
        example = _doctest_example(code.strip(), output) if output else None
        if example is not None:
            examples.append(replace(example, setup=tuple(setup)))
        elif is_statement(code):
            setup.append(code.strip())
    return tuple(examples[:MOST_EXAMPLES])


def read_table(text: str, callable_name: str) -> tuple[Example, ...]:
    """Return one example a row of a markdown table with a column of inputs and one of expected results.

    Args:
        text: The table.
        callable_name: What the inputs are given to, when the cells hold only arguments; empty when the text names none.
    """
    rows = [_cells(line) for line in text.splitlines()[:MOST_LINES]]
    columns = _columns(rows[0])
    if columns is None:
        return ()
    input_column, expected_column = columns
    in_header = next(calls_in(rows[0][input_column]), None)
    name = in_header.source.partition("(")[0] if in_header else callable_name
    examples = []
    for row in rows[2:]:
        if len(row) > max(columns):
            example = _row_example(row[input_column], row[expected_column], name)
            if example is not None:
                examples.append(example)
    return tuple(examples[:MOST_EXAMPLES])


def read_traceback(text: str) -> Traceback | None:
    """Return what a traceback says, or None when its last line cannot be read."""
    lines = text.splitlines()
    frames = [(index, match) for index, line in enumerate(lines) if (match := _FRAME.match(line)) is not None]
    raised = [
        match for line in lines if not line.startswith((" ", "\t")) and (match := _RAISED.match(line)) is not None
    ]
    if not frames or not raised:
        return None
    index, first = frames[0]
    typed = lines[index + 1].strip() if index + 1 < len(lines) and len(frames) > 1 else ""
    is_typed = first[1].startswith("<") or (first[3] or "").strip() == "<module>"
    last = frames[-1][1]
    return Traceback(
        exception=raised[-1][1].rpartition(".")[2],
        message=(raised[-1][2] or "").strip(),
        path=last[1],
        line=int(last[2]),
        expression=_closed_call(typed) if is_typed else "",
    )


def _read_line(line: str) -> Example | None:
    code = line.partition("  #")[0].strip().rstrip(";")
    is_assertion = code.startswith("assert ")
    sides = comparison(code.removeprefix("assert ").strip())
    if sides is not None:
        return Example(sides[0], expected=sides[1])
    if is_assertion:
        claim = truth(code.removeprefix("assert ").strip())
        return Example(claim[0], expected=claim[1]) if claim else None
    wanted = next((claim for claim in read_claims(line) if claim.expression and claim.force is Force.WANTED), None)
    if wanted is not None:
        return Example(wanted.expression, expected=wanted.value, raises=wanted.raises)
    return None


def _steps(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    source: list[str] = []
    output: list[str] = []
    for line in lines:
        stripped = line.strip()
        if stripped.startswith(">>>"):
            if source:
                yield "\n".join(source), output
            source, output = [stripped[3:].strip()], []
        elif stripped.startswith("...") and source and not output:
            source.append(stripped[4:])
        elif stripped and source:
            output.append(stripped)
    if source:
        yield "\n".join(source), output


def _doctest_example(code: str, output: Sequence[str]) -> Example | None:
    if output[0].startswith("Traceback (most recent"):
        raised = _RAISED.match(output[-1])
        return Example(code, raises=raised[1].rpartition(".")[2]) if raised and parse(code) is not None else None
    printed = _PRINT.match(code)
    if printed is not None and parse(printed[1]) is not None:
        return Example(f"str({printed[1]})", expected=repr("\n".join(output)))
    # The first line is the answer; whatever stands below it in the same paragraph is prose.
    answers = ("\n".join(output), output[0])
    expected = next((answer for answer in answers if parse(answer) is not None), None)
    return Example(code, expected=expected) if expected is not None and parse(code) is not None else None


def _cells(line: str) -> list[str]:
    # A pipe inside of a code span is text; clean text holds no NUL that could be mistaken for one.
    protected = re.sub(r"`[^`\n]{1,1000}`", lambda span: span[0].replace("|", "\0"), line.strip())
    return [cell.replace("\0", "|").strip() for cell in protected.strip("|").split("|")]


def _columns(header: Sequence[str]) -> tuple[int, int] | None:
    expected = [
        index for index, cell in enumerate(header) if _EXPECTED_HEADER.search(cell) and not _ACTUAL_HEADER.search(cell)
    ]
    inputs = [
        index
        for index, cell in enumerate(header)
        if index not in expected[-1:] and (_INPUT_HEADER.search(cell) or next(calls_in(cell), None) is not None)
    ]
    return (inputs[0], expected[-1]) if inputs and expected else None


def _row_example(given: str, expected: str, name: str) -> Example | None:
    code = given.strip("` ")
    call = next(calls_in(code), None)
    wanted = value_at(expected, 0)
    raised = re.fullmatch(r"`?(?:raises? |throws? )?`?([A-Z]\w{0,80}(?:Error|Exception))`?", expected)
    expression = code if call is not None and call.source == code else f"{name}({code})" if name else ""
    if not expression or parse(expression) is None:
        return None
    if raised is not None:
        return Example(expression, raises=raised[1])
    return Example(expression, expected=wanted.source) if wanted is not None else None


def _closed_call(typed: str) -> str:
    """Return the call of a typed line when it holds literals only: names of the reporter's script do not exist here."""
    call = next(calls_in(typed), None)
    if call is None:
        return ""
    arguments = call.source.partition("(")[2]
    without_strings = re.sub(r"\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'", "", arguments)
    names = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*(?!\w|\s*=)", without_strings)) - {"True", "False", "None"}
    return call.source if not names else ""
