"""Exact counts by a real vocabulary, from the file to the orchestrator as it is wired."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from eaa.adapters.tokenizers.vocabularies import FileVocabularies
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import (
    CompletionRequest,
    Image,
    Message,
    Part,
    Reasoning,
    Speaker,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from eaa.domain.errors import InvalidRequest
from eaa.engine.llm.exact_counts import ExactCounts
from eaa.engine.llm.frames import Frames
from eaa.engine.llm.prompt_size import measure
from eaa.engine.llm.tokens import TokenEstimator
from eaa.settings import load_settings
from eaa.wiring.llm import open_orchestrator
from eaa.wiring.way_to_models import open_way_to_models
from tests.loopback.model_wire import Scripted
from tests.loopback.models import KEY, serving_models
from tests.model_makers import make_model
from tests.support.fault_world import sampled_ask
from tests.support.llm_world import make_ask, make_provider
from tests.support.vocabularies import make_vocabulary

WORDS = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vocabulary") / "tokenizer.json"


@pytest.fixture(scope="module")
def tokenizer(file: Path) -> Tokenizer:
    return make_vocabulary(file)


@pytest.fixture(scope="module")
def vocabularies() -> FileVocabularies:
    return FileVocabularies()


@st.composite
def words_and_requests(draw: st.DrawFn) -> tuple[list[str], CompletionRequest]:
    """Draw a request, and beside it all of its words, noted while it was put together."""
    words: list[str] = []

    def word() -> str:
        words.append(draw(WORDS))
        return words[-1]

    makers: list[Callable[[], Part]] = [
        lambda: Text(word()),
        lambda: Reasoning(word(), "anthropic", opaque="a signature is no word"),
        lambda: ToolCall("an id is no word", word(), word()),
        lambda: ToolResult("an id is no word", "nor is a result's name", word()),
        lambda: Image("image/png", b"a picture is no word"),
    ]
    messages = [
        Message(Speaker.USER, tuple(make() for make in draw(st.lists(st.sampled_from(makers), max_size=3))))
        for _ in range(draw(st.integers(0, 4)))
    ]
    tools = [ToolSpec(word(), word(), word()) for _ in range(draw(st.integers(0, 2)))]
    schema = word() if draw(st.booleans()) else None
    return words, CompletionRequest(tuple(messages), tools=tuple(tools), answer_schema_json=schema)


@settings(deadline=None)
@given(drawn=words_and_requests())
def test_the_count_is_the_librarys_own_over_all_words(
    drawn: tuple[list[str], CompletionRequest], tokenizer: Tokenizer, file: Path, vocabularies: FileVocabularies
) -> None:
    words, request = drawn
    counts = ExactCounts(vocabularies, MappingProxyType({"exact": str(file)}))

    own = sum(len(tokenizer.encode(word, add_special_tokens=False).ids) for word in words)

    size = measure(request)
    assert counts.of_words(size, model="exact") == own
    assert TokenEstimator(counts).tokens_for(size, model="exact") == max(own + Frames().tokens(size), 1)


def test_a_file_that_cuts_and_fills_up_texts_counts_them_whole(tokenizer: Tokenizer, file: Path) -> None:
    cutting = Tokenizer.from_file(str(file))
    cutting.enable_truncation(max_length=4)
    cutting.enable_padding(length=64)
    cutting.save(str(file.with_name("cutting.json")))
    vocabularies = FileVocabularies()

    for text in ("def", "def count(text: str) -> int: ..." * 20):
        own = len(tokenizer.encode(text, add_special_tokens=False).ids)
        assert vocabularies.count(str(file.with_name("cutting.json")), text) == own


def test_a_vocabulary_that_knows_only_some_words_is_refused(tmp_path: Path) -> None:
    model = {"type": "WordLevel", "vocab": {"one": 0}, "unk_token": "[UNK]"}
    (tmp_path / "tokenizer.json").write_text(json.dumps({"version": "1.0", "added_tokens": [], "model": model}))

    with pytest.raises(InvalidRequest, match="cannot count") as raised:
        FileVocabularies().count(str(tmp_path / "tokenizer.json"), "two")

    assert "tokenizer.json" in raised.value.hint


async def test_the_wired_orchestrator_counts_exactly_and_learns_from_the_provider(
    tmp_path: Path, tokenizer: Tokenizer, file: Path
) -> None:
    async with serving_models() as server:
        provider = replace(make_provider("loopback"), base_url=f"{server.address}/v1", key_environment="LOOPBACK_KEY")
        model = replace(make_model(), vocabulary=str(file))
        catalogue = Catalogue(models=(model,), providers={"loopback": provider})
        opened = open_orchestrator(catalogue, {"LOOPBACK_KEY": KEY}, settings=load_settings(home=tmp_path))
        async with opened as orchestrator:
            ask = sampled_ask()
            before = orchestrator.count_tokens(ask)
            answer = await orchestrator.complete(ask)
            after = orchestrator.count_tokens(ask)

    text = "".join(part.text for part in ask.request.messages[0].parts if isinstance(part, Text))
    assert before == len(tokenizer.encode(text, add_special_tokens=False).ids) + Frames().tokens(measure(ask.request))
    assert answer.completion.text == Scripted().text
    assert answer.completion.usage is not None
    assert after == answer.completion.usage.prompt_tokens


async def test_a_vocabulary_that_is_missing_is_found_before_the_first_call(tmp_path: Path) -> None:
    model = replace(make_model(), vocabulary=str(tmp_path / "tokenizer.json"))
    catalogue = Catalogue(models=(model,), providers={"loopback": make_provider("loopback")})

    with pytest.raises(InvalidRequest, match=r"tokenizer\.json cannot be read: No such file"):
        async with open_orchestrator(catalogue, {}, settings=load_settings(home=tmp_path)):
            pass


async def test_a_client_counts_by_the_vocabularies_of_its_own_models_file(
    tmp_path: Path, tokenizer: Tokenizer, file: Path
) -> None:
    (tmp_path / "models.toml").write_text(
        'default = "own"\n[models.own]\nprovider = "ollama"\nname = "own"\ncontext_tokens = 9000\n'
        f'max_output_tokens = 100\nvocabulary = "{file}"\n'
    )
    elsewhere = load_settings(home=tmp_path, orchestrator_url="http://127.0.0.1:9", orchestrator_token="token")
    ask = make_ask("def count(text): ...")

    async with open_way_to_models(elsewhere, {}) as orchestrator:
        counted = orchestrator.count_tokens(ask)

    own = len(tokenizer.encode("def count(text): ...", add_special_tokens=False).ids)
    assert counted == own + Frames().tokens(measure(ask.request))
