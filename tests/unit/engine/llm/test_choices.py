"""Choices that are made once and used again."""

from dataclasses import replace

import pytest

from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import CompletionRequest, Image, Message, Speaker, Text
from eaa.domain.model import Locality, Model, Sensitivity
from eaa.domain.model_errors import NoModel
from eaa.engine.llm.prompt_size import measure
from eaa.engine.llm.selection import MOST_CHOICES, Choices
from eaa.engine.llm.tokens import TokenEstimator
from tests.support.llm_world import make_ask, make_model, make_provider

SENSITIVE = Sensitivity.SENSITIVE


def catalogue_of(*models: Model) -> Catalogue:
    return Catalogue(models=models, providers={name: make_provider(name) for name in {one.provider for one in models}})


CATALOGUE = catalogue_of(make_model("cloud"), make_model("own", locality=Locality.ON_PREMISE))


def test_asks_of_about_the_same_length_share_a_choice_and_others_do_not() -> None:
    choices = Choices(CATALOGUE)
    short, longer = make_ask("a" * 100), make_ask("b" * 120)

    first = choices.choose(short, measure(short.request))

    assert choices.choose(longer, measure(longer.request)) is first
    assert choices.choose(replace(short, sensitivity=SENSITIVE), measure(short.request)) is not first


def test_a_choice_made_for_one_ask_is_never_that_of_a_sensitive_one() -> None:
    choices = Choices(CATALOGUE)
    ask = make_ask()
    size = measure(ask.request)

    assert [model.name for model in choices.choose(ask, size).models] == ["cloud", "own"]
    assert [model.name for model in choices.choose(replace(ask, sensitivity=SENSITIVE), size).models] == ["own"]


def test_a_prompt_that_just_fits_is_not_refused_for_being_rounded_up() -> None:
    choices = Choices(catalogue_of(make_model("small", context_tokens=1_000)))
    ask = make_ask("word " * 510)
    size = measure(ask.request)
    assert 700 < TokenEstimator().tokens_for(size, model="") < 744

    assert [model.name for model in choices.choose(ask, size).models] == ["small"]


def test_pictures_tools_and_other_needs_are_told_apart() -> None:
    choices = Choices(CATALOGUE)
    ask = make_ask()
    choices.choose(ask, measure(ask.request))
    picture = Message(Speaker.USER, (Text("Look."), Image("image/png", b"png")))
    seeing = replace(ask, request=CompletionRequest(messages=(picture,)))

    with pytest.raises(NoModel):
        choices.choose(seeing, measure(seeing.request))


def test_what_is_kept_of_choices_is_bounded() -> None:
    choices = Choices(CATALOGUE)
    ask = make_ask()

    for number in range(MOST_CHOICES + 100):
        choices.choose(replace(ask, domain=f"field {number}"), measure(ask.request))

    assert len(choices._made) <= MOST_CHOICES
