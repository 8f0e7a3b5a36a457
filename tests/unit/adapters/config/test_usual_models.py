import pytest

from eaa.adapters.config.usual_models import with_usual_model
from eaa.domain.catalogue import Catalogue
from eaa.domain.errors import InvalidRequest
from eaa.domain.model import Locality
from tests.support.llm_world import make_model, make_provider

EMPTY = Catalogue(models=(), providers={})


@pytest.mark.parametrize(
    ("model", "environment", "provider", "address"),
    [
        ("anthropic/claude-x", {}, "anthropic", "https://api.anthropic.com/v1"),
        ("claude-x", {"ANTHROPIC_API_KEY": "k"}, "anthropic", "https://api.anthropic.com/v1"),
        ("gpt-x", {"OPENAI_API_KEY": "k"}, "openai", "https://api.openai.com/v1"),
        ("any", {"OPENAI_BASE_URL": "http://127.0.0.1:8000/v1/"}, "openai", "http://127.0.0.1:8000/v1"),
        (
            "claude-x",
            {"ANTHROPIC_BASE_URL": "http://127.0.0.1:8000", "OPENAI_API_KEY": "k"},
            "anthropic",
            "http://127.0.0.1:8000/v1",
        ),
        ("ollama/qwen", {"OLLAMA_HOST": "127.0.0.1"}, "ollama", "http://127.0.0.1:11434/v1"),
        ("qwen", {"OLLAMA_HOST": "http://127.0.0.1:7"}, "ollama", "http://127.0.0.1:7/v1"),
    ],
)
def test_the_usual_variables_are_enough(model: str, environment: dict[str, str], provider: str, address: str) -> None:
    catalogue = with_usual_model(EMPTY, model=model, environment=environment)

    found = catalogue.by_name[model]
    assert catalogue.default == model
    assert found.provider == provider
    assert found.wire_name == model.rpartition("/")[2]
    assert catalogue.provider_of(found).base_url == address
    assert found.prices is None
    assert (found.locality is Locality.ON_PREMISE) == (provider == "ollama")


def test_a_described_model_only_becomes_the_default() -> None:
    model = make_model("own")
    described = Catalogue(models=(model,), providers={model.provider: make_provider(model.provider)})

    catalogue = with_usual_model(described, model="own", environment={})

    assert catalogue.models == described.models
    assert catalogue.default == "own"


@pytest.mark.parametrize("environment", [{}, {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}])
def test_a_name_that_could_be_anybodys_is_asked_about(environment: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        with_usual_model(EMPTY, model="some-model", environment=environment)

    assert "provider/model" in caught.value.hint
