"""What a tool shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.errors import ToolRefused
from eaa.engine.agent.output import shorten, visible
from eaa.engine.agent.paths import file_path, workspace_path


def test_what_the_eye_would_not_see_is_spelled_out() -> None:
    assert visible("a\u202eb\u200bc\x07") == "a\\u202eb\\u200bc\\x07"
    assert visible("\x1b[31mred\x1b[0m\tand \x1b]0;title\x07plain\r\n") == "red\tand plain\n"
    assert visible("naïve – 語 ") == "naïve – 語 "


@given(st.text(max_size=300), st.integers(60, 200))
def test_what_is_shortened_fits_and_says_so(text: str, limit: int) -> None:
    shown, is_cut = shorten(text, limit_bytes=limit)

    assert (shown == text) is not is_cut
    assert len(shown.encode(errors="replace")) <= limit + 40


def test_the_end_is_shown_longer_than_the_beginning() -> None:
    text = "\n".join(str(number) for number in range(1_000))

    shown, _ = shorten(text, limit_bytes=200)

    head, tail = shown.split("[…")
    assert head.startswith("0\n1\n")
    assert tail.endswith("998\n999")
    assert len(tail) > len(head)


def test_a_line_without_end_is_shortened_in_its_middle() -> None:
    shown, is_cut = shorten("a" * 5_000 + "\nb")

    assert is_cut
    assert "4000 characters left out" in shown
    assert shown.endswith("\nb")


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("a/b.py", "a/b.py"),
        ("./a//b.py", "a/b.py"),
        ("/src/a.py", "a.py"),
        (" a.py ", "a.py"),
        (".gitignore", ".gitignore"),
    ],
)
def test_a_path_is_relative_to_the_workspace(said: str, path: str) -> None:
    assert file_path(said) == path


@pytest.mark.parametrize(
    "said",
    ["/etc/passwd", "../a", "a/../../b", ".git/config", "a/.Git/x", "a\nb", "", ".", "/src", "/srcs/a", "\ud800"],
)
def test_a_path_that_leaves_the_workspace_is_refused(said: str) -> None:
    with pytest.raises(ToolRefused):
        file_path(said)


def test_the_workspace_itself_is_a_folder() -> None:
    assert workspace_path("/src") == workspace_path(".") == "."
