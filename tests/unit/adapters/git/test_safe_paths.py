"""Which names and links are let across the border."""

import pytest

from eaa.adapters.git.safe_paths import check_path, is_git_folder_name, leaves_tree
from eaa.domain.errors import UnsafeTree


@pytest.mark.parametrize(
    "name", [".git", ".GIT", ".Git", "git~1", "GIT~1", ".git ", ".git.", ".git...", ".g\u200cit", ".git::$DATA"]
)
def test_every_spelling_of_the_git_folder_is_known(name: str) -> None:
    assert is_git_folder_name(name)


@pytest.mark.parametrize("name", ["git", ".github", ".gitignore", ".gitattributes", ".gitmodules", "git~2", "x.git"])
def test_names_that_only_look_like_it_are_free(name: str) -> None:
    assert not is_git_folder_name(name)


@pytest.mark.parametrize("path", ["a", "a/b", "a b/c\nd", "..a/b..", "\udcff", "-x", ":(top)"])
def test_plain_paths_pass(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize("path", ["", "/", "/a", "a/", "a//b", ".", "./a", "..", "a/../b", "a\0", ".git", "a/.GIT/b"])
def test_paths_that_are_not_plain_are_refused(path: str) -> None:
    with pytest.raises(UnsafeTree):
        check_path(path)


@pytest.mark.parametrize(
    ("path", "target", "leaves"),
    [
        ("link", "a", False),
        ("a/link", "../b", False),
        ("a/b/link", "../../c/./d", False),
        ("link", "..", True),
        ("a/link", "../../b", True),
        ("link", "/etc/passwd", True),
        ("link", "", True),
        ("link", ".git/config", True),
        ("a/link", "../.GIT", True),
        ("link", "a/../../b", True),
    ],
)
def test_a_link_may_point_anywhere_inside(path: str, target: str, leaves: bool) -> None:
    assert leaves_tree(path, target) is leaves
