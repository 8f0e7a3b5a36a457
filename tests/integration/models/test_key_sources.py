"""Keys out of the environment and out of real helper programs."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from eaa.adapters.models.key_sources import KeySources
from eaa.domain.model import Dialect, Provider
from eaa.domain.model_errors import KeyRefused


def make_provider(*, variable: str | None = None, command: tuple[str, ...] = ()) -> Provider:
    return Provider("cloud", Dialect.OPENAI, "https://cloud.test/v1", key_environment=variable, key_command=command)


def helper(code: str) -> Provider:
    return make_provider(command=(sys.executable, "-c", code))


async def revealed(provider: Provider, sources: KeySources | None = None) -> list[str]:
    return [key.reveal() for key in await (sources or KeySources(environment={})).keys(provider)]


async def test_several_keys_in_a_variable_are_separated_by_commas() -> None:
    sources = KeySources(environment={"CLOUD_KEY": " sk-1, sk-2,,"})

    assert await revealed(make_provider(variable="CLOUD_KEY"), sources) == ["sk-1", "sk-2"]


async def test_a_provider_without_keys_needs_none() -> None:
    assert await revealed(make_provider()) == []


async def test_an_empty_variable_is_named_with_a_way_out() -> None:
    with pytest.raises(KeyRefused, match="CLOUD_KEY is empty") as raised:
        await revealed(make_provider(variable="CLOUD_KEY"))

    assert "Set CLOUD_KEY" in raised.value.hint


async def test_a_helper_is_asked_once_until_its_key_is_refused(tmp_path: Path) -> None:
    counter = tmp_path / "count"
    code = f"p = open({str(counter)!r}, 'a'); p.write('x'); p.flush(); print('sk-' + str(p.tell()))"
    provider, sources = helper(code), KeySources(environment={})

    asked = await asyncio.gather(*(revealed(provider, sources) for _ in range(5)))
    await sources.refresh(provider)

    assert asked == [["sk-1"]] * 5
    assert await revealed(provider, sources) == ["sk-2"]


async def test_the_environment_comes_before_the_helper() -> None:
    provider = make_provider(variable="CLOUD_KEY", command=(sys.executable, "-c", "print('sk-helper')"))

    assert await revealed(provider, KeySources(environment={"CLOUD_KEY": "sk-variable"})) == ["sk-variable"]
    assert await revealed(provider) == ["sk-helper"]


@pytest.mark.parametrize(
    ("code", "because"),
    [
        ("print('sk-secret'); raise SystemExit(3)", "failed with status 3"),
        ("pass", "printed nothing"),
        ("print('your key is sk-secret')", "cannot be a key"),
        ("print('sk-sécret')", "cannot be a key"),
        ("import sys; sys.stdout.buffer.write(b'sk-secret' * 10_000_000)", "cannot be a key"),
        ("import sys; sys.stderr.write('sk-secret'); sys.exit(1)", "failed with status 1"),
    ],
)
async def test_a_helper_that_fails_is_named_and_its_words_are_not_shown(code: str, because: str) -> None:
    with pytest.raises(KeyRefused, match=because) as raised:
        await revealed(helper(code))

    assert "cret" not in str(raised.value) + raised.value.hint


async def test_a_helper_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyRefused, match="/no/such/helper cannot be started"):
        await revealed(make_provider(command=("/no/such/helper",)))


async def test_a_helper_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    code = (
        "import subprocess, sys, time\n"
        f"held = open({str(pipe)!r}, 'w'); held.write('begun'); held.flush()\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], pass_fds=[held.fileno()])\n"
        "time.sleep(600)"
    )

    with pytest.raises(KeyRefused, match="printed no key within 2 s"):
        await revealed(helper(code), KeySources(environment={}, limit_s=2.0))

    # The pipe has an end only when everybody who holds it is gone.
    os.set_blocking(reading, True)
    assert await asyncio.to_thread(os.read, reading, 100) == b"begun"
    assert await asyncio.to_thread(os.read, reading, 100) == b""
    os.close(reading)
