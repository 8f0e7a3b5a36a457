"""The commands about models as real processes."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback.models import KEY, serving_models
from tests.support.vocabularies import make_vocabulary

TWO_MODELS = """
[models.cloud]
provider = "openai"
name = "gpt-x"
context_tokens = 100_000
max_output_tokens = 8_000
input_usd_per_million = 1
output_usd_per_million = 4

[models.own]
provider = "ollama"
name = "qwen"
context_tokens = 32_000
max_output_tokens = 4_000
locality = "on-premise"
"""


def _eaa(*arguments: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    return subprocess.run(
        [sys.executable, "-m", "eaa", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={**clean, "EAA_HOME": str(home), **variables},
        timeout=120,
    )


def test_models_are_listed_with_prices_or_the_lack_of_them(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(TWO_MODELS)

    ended = _eaa("models", "list", home=tmp_path, EAA_MODEL="own")

    assert ended.returncode == 0, ended.stderr
    cloud, own = ended.stdout.splitlines()
    assert "1/4 USD a million tokens" in cloud
    assert "default" in own
    assert "token cap" in own


def test_a_model_with_a_vocabulary_counts_exactly_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(f'{TWO_MODELS}vocabulary = "tokenizer.json"\n')
    make_vocabulary(tmp_path / "tokenizer.json", size=300)

    listed, explained = _eaa("models", "list", home=tmp_path), _eaa("models", "explain", home=tmp_path)
    as_json = json.loads(_eaa("models", "explain", "--json", home=tmp_path).stdout)

    assert listed.returncode == 0, listed.stderr
    cloud, own = listed.stdout.splitlines()
    assert "tokens are estimated" in cloud
    assert "tokens are counted exactly" in own
    assert "tokens are estimated" in explained.stdout.splitlines()[0]
    assert "tokens are counted exactly" in explained.stdout.splitlines()[1]
    assert as_json["tokens_are_counted"] == {"cloud": False, "own": True}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("{}", "is not a tokenizer file"), ("no JSON", "is not a tokenizer")],
)
def test_a_vocabulary_that_cannot_be_used_is_found_with_a_next_step(
    content: str | None, said: str, tmp_path: Path
) -> None:
    (tmp_path / "models.toml").write_text(f'{TWO_MODELS}vocabulary = "tokenizer.json"\n')
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)

    ended = _eaa("models", "list", home=tmp_path)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Give the path of a tokenizer.json" in ended.stderr


def test_without_the_extra_a_vocabulary_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(f'{TWO_MODELS}vocabulary = "tokenizer.json"\n')
    make_vocabulary(tmp_path / "tokenizer.json", size=300)
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text("import sys\nsys.modules['tokenizers'] = None\n")

    ended = _eaa("models", "list", home=tmp_path, PYTHONPATH=str(hiding))

    assert ended.returncode == 2
    assert "eaa[tokens]" in ended.stderr


def test_sensitive_work_is_explained_to_stay_at_home(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(TWO_MODELS)

    ended = _eaa("models", "explain", "--sensitive", "--json", home=tmp_path)

    said = json.loads(ended.stdout)
    assert said["models"] == ["own"]
    assert said["passed_over"] == [{"model": "cloud", "reason": "the work is sensitive and the model runs in a cloud"}]


def test_work_that_no_model_can_take_ends_with_its_own_code(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(TWO_MODELS)

    ended = _eaa("models", "explain", "--needs", "images", home=tmp_path)

    assert ended.returncode == 3
    assert "no configured model can take this work" in ended.stdout
    assert "it has no images" in ended.stdout


def test_nothing_configured_says_how_to(tmp_path: Path) -> None:
    ended = _eaa("models", "list", home=tmp_path)

    assert ended.returncode == 2
    assert "EAA_MODEL=provider/model" in ended.stderr


def test_a_models_file_in_somebodys_folder_is_not_read(tmp_path: Path) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    home.mkdir()
    (here / "models.toml").write_text(TWO_MODELS)

    ended = _eaa("models", "list", home=here, EAA_HOME=str(home))

    assert ended.returncode == 2


async def test_a_prompt_is_logged_only_where_that_is_switched_on(tmp_path: Path) -> None:
    async with serving_models() as server:
        variables = {
            "EAA_MODEL": "openai/loop-1",
            "OPENAI_BASE_URL": f"{server.address}/v1",
            "OPENAI_API_KEY": KEY,
            "EAA_LOG_FORMAT": "json",
        }
        off = await asyncio.to_thread(_eaa, "models", "test", home=tmp_path, **variables)
        on = await asyncio.to_thread(_eaa, "models", "test", home=tmp_path, EAA_LOG_PROMPTS="1", **variables)

    assert off.stderr == ""
    (line,) = map(json.loads, on.stderr.splitlines())
    assert (line["event"], line["level"], line["facts"]["model"]) == ("model.called", "info", "openai/loop-1")
    assert "Answer with the one word" in line["facts"]["prompt"]["messages"][0]["parts"][0]["text"]
    assert line["facts"]["answer"]["parts"]
    assert KEY not in on.stderr


async def test_each_model_is_asked_for_a_word(tmp_path: Path) -> None:
    async with serving_models() as server:
        good, bad = [
            await asyncio.to_thread(
                _eaa,
                "models",
                "test",
                "--json",
                home=tmp_path,
                EAA_MODEL="openai/loop-1",
                OPENAI_BASE_URL=f"{server.address}/v1",
                OPENAI_API_KEY=key,
            )
            for key in (KEY, "sk-wrong-and-secret")
        ]

    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["models"][0]["is_working"] is True
    assert bad.returncode == 1
    said = json.loads(bad.stdout)["models"][0]["said"]
    assert "401" in said
    assert "sk-wrong-and-secret" not in bad.stdout + bad.stderr
