"""Domain values travel as JSON and come back as they were."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from eaa.domain.artefact import CodeMap
from eaa.domain.repository import FileChange, FileHistory
from eaa.engine.codec import decode, encode
from tests.makers import make_event, make_run, make_step
from tests.support.tiny_world import tiny_project

NOT_UTF8 = "caf\udce9.py"


@pytest.mark.parametrize(
    "value",
    [
        make_run(),
        make_event(data=b"\x00\xff"),
        make_step(),
        tiny_project(["shop.py", "tests/test_shop.py"]),
        FileChange("kept.py", b"\xff\xfe"),
        FileChange("removed.py", None),
        FileChange(NOT_UTF8, b"\xff\xfe"),
        FileHistory(NOT_UTF8, 2, ("Zo\xeb",), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_comes_back_equal(value: object) -> None:
    assert decode(encode(value), type(value)) == value


def test_a_name_that_is_no_utf8_is_written_as_ascii_json() -> None:
    content = encode(FileChange(NOT_UTF8, b""))

    assert content.isascii()
    assert json.loads(content)["path"] == NOT_UTF8


@pytest.mark.parametrize("path", ["plain.py", NOT_UTF8])
def test_json_of_another_kind_is_refused(path: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(encode(FileChange(path, b"")), CodeMap)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        decode(b"nonsense", FileChange)
