"""What commands print."""

import json

import pytest

from eaa.cli.output import Tone, print_error, print_facts, print_fault
from eaa.domain.errors import InvalidRequest


def test_an_error_is_words_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(InvalidRequest("the issue is empty", hint="Say what is wrong."), is_json=False)

    assert capsys.readouterr() == ("", "eaa: the issue is empty\nSay what is wrong.\n")


def test_an_error_is_one_object_on_stdout_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(InvalidRequest("the issue is empty", hint="Say what is wrong."), is_json=True)

    assert json.loads(capsys.readouterr().out) == {
        "error": {"code": "request.invalid", "message": "the issue is empty", "hint": "Say what is wrong."}
    }


def test_what_others_wrote_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(InvalidRequest("no file \x1b[2J\udcff", hint=""), is_json=False)
    print_facts([("na\x1bme", "te\rxt", Tone.NOTE)])

    said = capsys.readouterr()
    assert said.err == "eaa: no file \\x1b[2J\\udcff\n"
    assert said.out == "na\\x1bme: [note] te\\rxt\n"


def test_a_fault_of_ours_shows_where_it_happened(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        print_fault(error, is_json=True)

    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["message"] == "ZeroDivisionError: by nothing"
    assert "test_output.py" in said.err
