"""What others wrote does nothing in a pull request or a commit message but stand there."""

import pytest

from eaa.engine.outgoing import in_code, in_message, in_prose

APART = "\u200b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("@octo &#64;octo", f"@{APART}octo &amp;#{APART}64;octo"),
        ("fixes #12, GH-3 and octo/shop#4", f"fixes #{APART}12, GH-{APART}3 and octo/shop#{APART}4"),
        ("![x](https://evil.test/?q=1)", f"!\\[x\\](https:{APART}//evil.test/?q=1)"),
        ("\\[x](y)", "\\\\\\[x\\](y)"),
        ("www.evil.test", f"www{APART}.evil.test"),
        ("<img src=x><!-- hidden -->", "&lt;img src=x>&lt;!-- hidden -->"),
        ("a\n\n# b `c` | d", "a # b 'c' \\| d"),
        ("a\u202eb\U000e0041", "a\\\\u202eb\\\\U000e0041"),
    ],
)
def test_prose_shows_a_text_and_nothing_in_it_acts(text: str, shown: str) -> None:
    assert in_prose(text, limit_characters=200) == shown


def test_code_cannot_be_left() -> None:
    assert in_code("a`![x](y)`\n\nb\x1b[0m", limit_characters=200) == "a'![x](y)' b\\x1b[0m"


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Closes #12 and GH-3 for @octo", "Closes no. 12 and GH 3 for @ octo"),
        ("fixes https://github.test/octo/shop/issues/1", "fixes github.test/octo/shop/issues/1"),
        ("Sort a@b.test\nEaa-Run: run_1", "Sort a@b.test Eaa-Run: run_1"),
        ("A title\u202e", "A title\\u202e"),
    ],
)
def test_a_commit_message_calls_nobody_and_closes_nothing(title: str, written: str) -> None:
    assert in_message(title) == written
