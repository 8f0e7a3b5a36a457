"""The lines of `eaa task create --from`."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.cli.asked import Asked
from eaa.cli.options import RunOptions
from eaa.cli.task_lines import MOST_LINES, read_lines
from eaa.domain.errors import InvalidRequest
from eaa.domain.kind import Kind

OPTIONS = RunOptions(request="", repo="/repo", base="main", budget_usd=1.0)
GOOD = b'{"request": "Make x two."}'


def lines_of(folder: Path, *rows: bytes) -> dict[int, Asked | InvalidRequest]:
    """Return what a file with these rows asks for."""
    file = folder / "many.jsonl"
    file.write_bytes(b"\n".join(rows))
    return read_lines(file, OPTIONS, priority=7)


def said(line: Asked | InvalidRequest) -> str:
    """Return why a line was refused; empty when it was not."""
    return str(line) if isinstance(line, InvalidRequest) else ""


def test_a_line_says_what_differs_from_the_command(tmp_path: Path) -> None:
    own = {
        "request": "One.",
        "repo": "https://git.example/a/b",
        "base": None,
        "kind": "feature",
        "offline": True,
        "plan": True,
        "budget_usd": 3,
        "priority": -1,
    }

    plain, other = lines_of(tmp_path, GOOD, json.dumps(own).encode()).values()

    assert isinstance(plain, Asked)
    assert isinstance(other, Asked)
    assert (plain.options.repo, plain.options.base, plain.options.budget_usd, plain.priority) == (
        "/repo", "main", 1.0, 7,
    )  # fmt: skip
    options = other.options
    assert (options.repo, options.base, options.kind) == ("https://git.example/a/b", None, Kind.FEATURE)
    assert (options.is_offline, options.stops_at_plan, options.budget_usd, other.priority) == (True, True, 3.0, -1)


@pytest.mark.parametrize(
    ("row", "because"),
    [
        (b"{", "not JSON"),
        (b'{"request": "a"} {"request": "b"}', "not JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        (b'{"request": "\xe9"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"request": "a", "priority": ' + b"9" * 5_000 + b"}", "too long"),
        (b"[]", "no JSON object"),
        (b"null", "no JSON object"),
        (b'"Make x two."', "no JSON object"),
        (b"{}", "no `request`"),
        (b'{"request": null}', "`request` is no text"),
        (b'{"request": ["a"]}', "`request` is no text"),
        (b'{"request": "  "}', "empty"),
        (b'{"request": "nowhere.md"}', "cannot be read"),
        (b'{"request": "a\\u0000b.md"}', "NUL"),
        (b'{"request": "\\ud800"}', "half a character"),
        (b'{"request": "a", "reqest": 1, "\\u0000": 2}', "unknown names"),
        (b'{"request": "a", "repo": 5}', "`repo` is no text"),
        (b'{"request": "a", "repo": ""}', "`repo` is empty"),
        (b'{"request": "a", "repo": "a\\u0000b"}', "NUL"),
        (b'{"request": "a", "base": 5}', "`base` is no text"),
        (b'{"request": "a", "base": "' + b"b" * 301 + b'"}', "longer than 300"),
        (b'{"request": "a", "kind": 5}', "`kind` is no text"),
        (b'{"request": "a", "kind": "poem"}', "`kind` is none of bug"),
        (b'{"request": "a", "offline": "no"}', "neither true nor false"),
        (b'{"request": "a", "plan": 1}', "neither true nor false"),
        (b'{"request": "a", "budget_usd": "2"}', "`budget_usd` is no number"),
        (b'{"request": "a", "budget_usd": -1}', "is no budget"),
        (b'{"request": "a", "budget_usd": NaN}', "is no budget"),
        (b'{"request": "a", "budget_usd": 1e999}', "is no budget"),
        (b'{"request": "a", "budget_usd": ' + b"9" * 400 + b"}", "is no budget"),
        (b'{"request": "a", "priority": 1e999}', "no whole number"),
        (b'{"request": "a", "priority": 1.5}', "no whole number"),
        (b'{"request": "a", "priority": true}', "no whole number"),
        (b'{"request": "a", "priority": 1001}', "not between"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_holds_up_no_other(row: bytes, because: str, tmp_path: Path) -> None:
    lines = lines_of(tmp_path, GOOD, b"", row, b" \r", GOOD)

    assert list(lines) == [1, 3, 5]
    assert [bool(said(line)) for line in lines.values()] == [False, True, False]
    assert because in said(lines[3])


def test_marks_line_ends_and_separators_of_texts_do_no_harm(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, b"\xef\xbb\xbf" + GOOD + b"\r", '{"request": "one\u2028two\u0085three"}'.encode(), b"")

    assert [said(line) for line in lines.values()] == ["", ""]
    assert isinstance(lines[2], Asked)
    assert lines[2].options.request == "one\u2028two\u0085three"


def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_lines(tmp_path, OPTIONS, priority=0)
    with pytest.raises(InvalidRequest, match=f"has {MOST_LINES + 1} lines"):
        lines_of(tmp_path, *[GOOD] * (MOST_LINES + 1))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["request", "repo", "base", "kind", "offline", "plan", "budget_usd", "priority"])
OBJECTS = st.dictionaries(NAMES | st.text(max_size=4), JSON_VALUES, max_size=6)
ROWS = st.binary(max_size=40) | st.builds(lambda value: json.dumps(value).encode(), OBJECTS | JSON_VALUES)


@given(rows=st.lists(ROWS, max_size=4))
def test_whatever_stands_in_a_file_each_line_is_a_task_or_refused(
    rows: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines: dict[int, Any] = lines_of(tmp_path_factory.mktemp("lines"), *rows, GOOD)

    assert all(isinstance(line, Asked) or said(line) for line in lines.values())
    assert isinstance(list(lines.values())[-1], Asked)
