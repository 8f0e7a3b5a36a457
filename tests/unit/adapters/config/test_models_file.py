from pathlib import Path

import pytest

from eaa.adapters.config.models_file import read_models_file
from eaa.domain.errors import InvalidRequest
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Dialect, Locality, Prices, Tier
from eaa.domain.role import RoleName

WHOLE = """
default = "quick"

[providers.house]
dialect = "openai"
base_url = "http://127.0.0.1:8000/v1/"
key_command = ["pass", "show", "house"]
headers = { "x-team" = "tools" }
requests_per_minute = 60
deadlines = { idle_s = 5 }

[models.quick]
provider = "anthropic"
name = "claude-quick"
context_tokens = 200_000
max_output_tokens = 8_000
capabilities = ["tools", "images"]
input_usd_per_million = 0.25
output_usd_per_million = 1.25
cached_input_usd_per_million = 0.025
tier = "small"

[models.own]
provider = "house"
name = "llama"
context_tokens = 32_000
max_output_tokens = 4_000
locality = "on-premise"
domains = ["sql"]

[[rules]]
roles = ["sd"]
kinds = ["bug"]
prefer = ["own"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text)
    return path


def test_a_vocabulary_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    near = WHOLE.replace('name = "llama"', 'name = "llama"\nvocabulary = "words/tokenizer.json"')
    far = near.replace("words/tokenizer.json", "/srv/words/tokenizer.json")

    found = [read_models_file(written(tmp_path, text)) for text in (near, far)]

    assert [one.models[1].vocabulary for one in found if one is not None] == [
        str(tmp_path / "words" / "tokenizer.json"),
        "/srv/words/tokenizer.json",
    ]
    assert found[0] is not None
    assert found[0].models[0].vocabulary is None


def test_a_whole_file_is_understood(tmp_path: Path) -> None:
    catalogue = read_models_file(written(tmp_path, WHOLE))

    assert catalogue is not None
    quick, own = catalogue.models
    assert quick.prices == Prices(250_000, 1_250_000, cached_input_microusd=25_000)
    assert (quick.tier, quick.capabilities) == (
        Tier.SMALL,
        frozenset({Capability.CHAT, Capability.TOOLS, Capability.IMAGES}),
    )
    assert (own.prices, own.locality, own.domains) == (None, Locality.ON_PREMISE, frozenset({"sql"}))
    house = catalogue.provider_of(own)
    assert (house.base_url, house.key_command, house.deadlines.idle_s) == (
        "http://127.0.0.1:8000/v1",
        ("pass", "show", "house"),
        5.0,
    )
    assert catalogue.provider_of(quick).dialect is Dialect.ANTHROPIC
    rule = catalogue.rule_for(role=RoleName.SD, kind=Kind.BUG, size=None)
    assert rule is not None
    assert rule.prefer == ("own",)
    assert catalogue.rule_for(role=RoleName.PM, kind=Kind.BUG, size=None) is None


def test_no_file_is_no_catalogue(tmp_path: Path) -> None:
    assert read_models_file(tmp_path / "models.toml") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[models.quick]", "[models.quick"), "cannot be used"),
        (('tier = "small"', 'tier = "tiny"'), "tier"),
        (('tier = "small"', 'colour = "blue"'), "colour"),
        (("context_tokens = 200_000", "context_tokens = 0"), "context_tokens"),
        (("max_output_tokens = 8_000", "max_output_tokens = 900_000"), "more tokens than its context"),
        (("output_usd_per_million = 1.25\n", ""), "half a price"),
        (('provider = "anthropic"', 'provider = "nobody"'), "'nobody', which is not described"),
        (('prefer = ["own"]', 'prefer = ["gone"]'), "'gone', which is not described"),
        (('dialect = "openai"\n', ""), "needs a dialect"),
        (("input_usd_per_million = 0.25", "input_usd_per_million = -1"), "input_usd_per_million"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    path = written(tmp_path, WHOLE.replace(*change))

    with pytest.raises(InvalidRequest, match=words):
        read_models_file(path)


def test_a_price_too_small_to_count_is_not_free(tmp_path: Path) -> None:
    text = WHOLE.replace("input_usd_per_million = 0.25", "input_usd_per_million = 0.0000001")

    catalogue = read_models_file(written(tmp_path, text))

    assert catalogue is not None
    prices = catalogue.by_name["quick"].prices
    assert prices is not None
    assert prices.input_microusd == 1
