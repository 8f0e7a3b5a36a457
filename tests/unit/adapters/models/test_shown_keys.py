"""A key is taken out of a provider's words, also where they were shortened in the middle of it."""

import pytest

from eaa.adapters.models.http_models import _without

KEY = "sk-0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"key {KEY} refused", "key (the key) refused"),
        (f"{KEY}{KEY}", "(the key)(the key)"),
        ("key sk-0123456… (401)", "key (the key)… (401)"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_the_key_is_gone(text: str, expected: str) -> None:
    assert _without(KEY, text) == expected


def test_a_key_that_is_a_common_word_does_no_harm() -> None:
    assert _without("key", "the key and the keys") == "the (the key) and the (the key)s"
