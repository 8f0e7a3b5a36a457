"""`eaa serve orchestrator` as a real process before the loopback model server."""

import asyncio
import json
import os
import signal
import ssl
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI

from eaa.settings import load_settings
from eaa.wiring.way_to_models import open_way_to_models
from tests.loopback.model_wire import Scripted
from tests.loopback.models import KEY, LoopbackModels, serving_models
from tests.support.certificates import make_loopback_tls
from tests.support.llm_world import make_ask

HELLO: Any = [{"role": "user", "content": "Hello"}]


def environment(home: Path, **variables: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    return {**clean, "EAA_HOME": str(home), "EAA_LOG_FORMAT": "json", **variables}


@asynccontextmanager
async def served(home: Path, models: LoopbackModels, *options: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """Start the service on a free port and yield it with what it printed."""
    variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{models.address}/v1", "EAA_MODEL": "openai/loop-1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eaa", "serve", "orchestrator", "--port", "0", "--json", *options),
        stdout=PIPE,
        cwd=home,
        env=environment(home, **variables),
    )
    try:
        assert process.stdout is not None
        said = b""
        while not said.endswith(b"}\n"):
            line = await process.stdout.readline()
            assert line, "the service ended before it listened"
            said += line
        yield process, json.loads(said)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def token_of(home: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "token", *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=home,
        env=environment(home),
    )
    return ended.stdout.strip()


async def test_a_client_with_the_token_of_the_file_is_answered_and_sigterm_ends_it_well(tmp_path: Path) -> None:
    async with serving_models() as models, served(tmp_path, models) as (process, said):
        token = (tmp_path / "token").read_text().strip()
        async with AsyncOpenAI(api_key=token, base_url=said["address"] + "/v1", max_retries=0) as client:
            answer = await client.chat.completions.create(model="auto", messages=HELLO)
            listed = [model.id async for model in client.models.list()]
        process.send_signal(signal.SIGTERM)
        code = await process.wait()

    assert answer.choices[0].message.content == Scripted().text
    assert listed == ["openai/loop-1"]
    assert code == 0
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert said["token_file"] == str(tmp_path / "token")


async def test_an_answer_on_its_way_is_finished_after_sigterm(tmp_path: Path) -> None:
    async with serving_models() as models, served(tmp_path, models) as (process, said):
        token = (tmp_path / "token").read_text().strip()
        models.will_fail("one byte a packet")
        models.will_answer(Scripted(text="word " * 40))
        async with AsyncOpenAI(api_key=token, base_url=said["address"] + "/v1", max_retries=0) as client:
            stream = await client.chat.completions.create(model="auto", messages=HELLO, stream=True)
            first = await anext(aiter(stream))
            process.send_signal(signal.SIGTERM)
            words = [chunk.choices[0].delta.content or "" async for chunk in stream]
        code = await process.wait()

    assert first.choices[0].delta.role == "assistant"
    assert "".join(words) == "word " * 40
    assert code == 0


async def test_a_killed_client_ends_its_call_upstream(tmp_path: Path) -> None:
    async with serving_models() as models, served(tmp_path, models) as (_, said):
        models.will_fail("slow headers")
        token = (tmp_path / "token").read_text().strip()
        body = json.dumps({"model": "auto", "messages": HELLO})
        client = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], sys.argv[2].encode(), "
            "{'Content-Type': 'application/json', 'Authorization': 'Bearer ' + sys.argv[3]}))",
            *(said["address"] + "/v1/chat/completions", body, token),
        )
        await models.asked.wait()
        client.kill()
        await client.wait()

        await models.hang_up.wait()

    assert models.journal.hang_ups == 1


async def test_a_token_for_a_role_opens_only_that_role(tmp_path: Path) -> None:
    async with serving_models() as models, served(tmp_path, models) as (_, said):
        token = await asyncio.to_thread(token_of, tmp_path, "--role", "qa", "--hours", "1")
        async with AsyncOpenAI(api_key=token, base_url=said["address"] + "/v1", max_retries=0) as client:
            await client.chat.completions.create(model="auto", messages=HELLO)
            with pytest.raises(openai.PermissionDeniedError, match="may not ask as sd"):
                await client.chat.completions.create(model="auto", messages=HELLO, extra_body={"eaa": {"role": "sd"}})


async def test_other_processes_find_it_by_its_address(tmp_path: Path) -> None:
    async with serving_models() as models, served(tmp_path, models) as (_, said):
        settings = load_settings(home=tmp_path, orchestrator_url=said["address"])
        async with open_way_to_models(settings, {}) as orchestrator:
            answer = await orchestrator.complete(make_ask())

    assert answer.completion.text == Scripted().text
    assert answer.model == "openai/loop-1"


async def test_it_speaks_tls(tmp_path: Path) -> None:
    tls = make_loopback_tls(tmp_path)
    options = ("--tls-certificate", tls.ca_file, "--tls-key", str(tmp_path / "key.pem"))
    trust = ssl.create_default_context(cafile=tls.ca_file)
    async with (
        serving_models() as models,
        served(tmp_path, models, *options) as (_, said),
        aiohttp.ClientSession() as session,
        session.get(said["address"] + "/livez", ssl=trust) as response,
    ):
        status = response.status

    assert said["address"].startswith("https://")
    assert status == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "--behind-tls"),
        (("--host", "no.such.host.invalid", "--behind-tls"), "nothing can listen"),
    ],
)
def test_an_open_or_unusable_place_is_refused_in_words(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "serve", "orchestrator", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment(tmp_path),
        timeout=120,
    )

    assert ended.returncode == 2
    assert words in ended.stderr


def test_a_token_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x" * 43)
    (tmp_path / "token").chmod(0o644)

    ended = subprocess.run(
        [sys.executable, "-m", "eaa", "serve", "orchestrator", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment(tmp_path),
        timeout=120,
    )

    assert ended.returncode == 2
    assert "chmod 600" in ended.stderr
    assert "x" * 43 not in ended.stderr
