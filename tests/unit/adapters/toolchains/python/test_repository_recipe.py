"""What a repository may say about its environment."""

import pytest

from eaa.adapters.toolchains.python.repository_recipe import narrowed
from eaa.domain.environment import Consent, EnvironmentRequest
from eaa.domain.errors import EnvironmentMissing

_FILE = b'setup_command = "make deps"\ntest_command = "make test"\n'


def test_the_file_fills_in_what_a_person_left_open_and_gives_no_consent() -> None:
    found = narrowed(EnvironmentRequest(), _FILE)
    assert found == EnvironmentRequest(setup_command="make deps", test_command="make test", consent=Consent.NOT_GIVEN)


def test_a_persons_words_come_first() -> None:
    said = EnvironmentRequest(setup_command="true", test_command="pytest -x")
    assert narrowed(said, _FILE) == said
    assert narrowed(EnvironmentRequest(interpreter="python3"), _FILE).setup_command is None


@pytest.mark.parametrize("content", [b"\xff", b"setup_command = 1", b'consent = "given"', b'interpreter = "/bin/sh"'])
def test_a_file_that_says_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(EnvironmentMissing, match=r"\.eaa/environment\.toml") as caught:
        narrowed(EnvironmentRequest(), content)
    assert "environment.toml" in caught.value.hint
