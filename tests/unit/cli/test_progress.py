"""What a watching person sees."""

from io import StringIO

import pytest
from rich.console import Console

from eaa.cli.progress import PlainProgress, TerminalProgress, open_progress


def test_without_a_terminal_there_are_plain_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    progress = open_progress(is_json=False)

    progress.stage_started("QA · writing tests")
    progress.noted("one \x1b[31mred")
    progress.stage_ended("QA · writing tests", "2 tests")

    assert isinstance(progress, PlainProgress)
    assert capsys.readouterr() == (
        "",
        "QA · writing tests …\n  one \\x1b[31mred\nQA · writing tests: 2 tests\n",
    )


def test_with_json_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    progress = open_progress(is_json=True)

    progress.stage_started("QA")
    progress.noted("red")
    progress.stage_ended("QA", "2 tests")

    assert capsys.readouterr() == ("", "")


def test_markup_in_what_others_wrote_is_shown_as_it_is() -> None:
    written = StringIO()
    progress = TerminalProgress(Console(file=written, force_terminal=False, width=80, highlight=False))

    progress.stage_started("[red]QA[/]")
    progress.noted("x[bold]y")
    progress.stage_ended("[red]QA[/]", "done [/nothing]")
    progress.close()

    lines = written.getvalue().splitlines()
    assert "  x[bold]y" in lines
    assert "• [red]QA[/] done [/nothing]" in lines


def test_the_spinner_goes_when_the_last_stage_ends() -> None:
    written = StringIO()
    progress = TerminalProgress(Console(file=written, force_terminal=True, width=80, highlight=False))

    progress.stage_started("outer")
    progress.stage_started("inner")
    progress.stage_ended("inner", "well")
    progress.stage_ended("outer", "well")
    written.truncate(0)
    progress.close()

    assert written.getvalue() == ""
