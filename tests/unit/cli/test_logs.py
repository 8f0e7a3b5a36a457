"""Log lines."""

import json
import logging
from collections.abc import Iterator

import pytest

from eaa.cli.logs import write_logs
from eaa.settings import LogFormat


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_text_is_a_line_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(LogFormat.TEXT)

    logging.getLogger("some").warning("odd \x1b[2J")
    logging.getLogger("some").info("not worth a line")

    assert capsys.readouterr() == ("", "warning: odd \\x1b[2J\n")


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(LogFormat.JSON)

    logging.getLogger("some").error("bad\nthing")

    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"], line["event"]) == ("error", "some", "bad\nthing")
    assert line["at"].endswith("Z")
