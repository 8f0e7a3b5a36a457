"""Ctrl-C."""

import os
import signal

import pytest

from eaa.cli.running import RESUMABLE, run_async


def test_a_command_ends_with_the_code_it_returns() -> None:
    async def work() -> int:
        return 3

    assert run_async(work()) == 3


def test_an_interrupted_command_cleans_up_and_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []

    async def work() -> int:
        import asyncio

        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            said.append("cleaned up")
        return 0

    assert run_async(work(), when_interrupted=RESUMABLE) == 130
    assert said == ["cleaned up"]
    assert "eaa resume" in capsys.readouterr().err
