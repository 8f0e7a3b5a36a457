"""What everything that counts tokens promises."""

import pytest

from eaa.domain.errors import InvalidRequest
from eaa.ports.vocabularies import Vocabularies
from tests.contract.conftest import VocabularyUnderTest


def test_more_text_has_more_tokens_and_none_has_none(vocabulary: VocabularyUnderTest) -> None:
    counts = [vocabulary.count(text) for text in ("", "def", "def count(text): return len(text)")]

    assert counts[0] == 0
    assert 0 < counts[1] < counts[2]


def test_the_same_text_has_the_same_tokens(vocabulary: VocabularyUnderTest) -> None:
    assert vocabulary.count("the same words") == vocabulary.count("the same words")


def test_what_cannot_be_encoded_is_counted_all_the_same(vocabulary: VocabularyUnderTest) -> None:
    assert vocabulary.count("a \udcff b") == vocabulary.count("a ? b")


def test_a_vocabulary_that_is_not_there_is_an_error_with_a_next_step(vocabulary: VocabularyUnderTest) -> None:
    vocabularies: Vocabularies = vocabulary.vocabularies

    with pytest.raises(InvalidRequest, match=r"nowhere\.json cannot be read") as raised:
        vocabularies.count("nowhere.json", "text")

    assert raised.value.hint
