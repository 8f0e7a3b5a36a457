"""Log lines."""

import json
import logging
from collections.abc import Iterator

import pytest

from eaa.cli.logs import write_logs
from eaa.engine.llm.prompt_log import LOGGER
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


def test_facts_of_a_record_follow_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(LogFormat.TEXT)
    logging.getLogger("some").warning("model.called", extra={"facts": {"said": "odd \x1b[2J"}})
    write_logs(LogFormat.JSON)
    logging.getLogger("some").warning("model.called", extra={"facts": {"said": "odd"}})

    text, as_json = capsys.readouterr().err.splitlines()
    assert text == 'warning: model.called {"said": "odd \\u001b[2J"}'
    assert json.loads(as_json)["facts"] == {"said": "odd"}


def test_prompts_are_written_only_when_that_is_switched_on(capsys: pytest.CaptureFixture[str]) -> None:
    for has_prompts in (False, True, False):
        write_logs(LogFormat.TEXT, has_prompts=has_prompts)
        logging.getLogger(LOGGER).info("prompt %s", has_prompts)
        logging.getLogger("some").info("not worth a line")

    assert capsys.readouterr().err == "info: prompt True\n"


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(LogFormat.JSON)

    logging.getLogger("some").error("bad\nthing")

    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"], line["event"]) == ("error", "some", "bad\nthing")
    assert line["at"].endswith("Z")
