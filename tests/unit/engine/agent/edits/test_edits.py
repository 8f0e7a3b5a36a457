"""Edits in their four shapes."""

import difflib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.errors import ToolRefused
from eaa.engine.agent.edits.applying import apply_edit
from eaa.engine.agent.edits.reading import read_edits
from eaa.engine.agent.edits.shapes import Removal

SHOP = """def price(items):
    total = 0
    for item in items:
        total += item
    return total


def tax(items):
    total = 0
    return total
"""


def edited(before: str | None, **arguments: Any) -> str | None:
    """Return the text after all edits of a call to one file."""
    text = before
    for edit in read_edits(arguments):
        text = apply_edit(edit, text)
    return text


def refusal(before: str | None, **arguments: Any) -> str:
    with pytest.raises(ToolRefused) as refused:
        edited(before, **arguments)
    return str(refused.value)


def test_a_replacement_puts_new_text_in_the_one_place_of_the_old() -> None:
    after = edited(SHOP, path="shop.py", old="total += item", new="total += item.price")

    assert after == SHOP.replace("total += item", "total += item.price")


def test_a_replacement_that_fits_twice_names_the_lines() -> None:
    said = refusal(SHOP, path="shop.py", old="total = 0", new="total = 1")

    assert "2 times" in said
    assert "lines 2, 9" in said


def test_overlapping_places_are_two_places() -> None:
    assert "2 times" in refusal("aaa\n", path="a", old="aa", new="b")


def test_a_replacement_that_fits_nowhere_shows_what_is_there() -> None:
    said = refusal(SHOP, path="shop.py", old="for thing in items:\n    total += thing", new="pass")

    assert "3\t    for item in items:" in said


def test_trailing_whitespace_is_forgiven_where_only_one_place_can_be_meant() -> None:
    after = edited("a = 1  \nb = 2\n", path="x", old="a = 1\nb = 2\n", new="a = 3\nb = 2\n")

    assert after == "a = 3\nb = 2\n"


def test_another_indentation_is_forgiven_and_the_new_text_follows_the_files() -> None:
    after = edited(
        SHOP,
        path="x",
        old="for item in items:\n    total += item\n",
        new="for item in items:\n    if item:\n        total += 1\n",
    )

    assert after is not None
    assert "    for item in items:\n        if item:\n            total += 1\n    return total\n" in after


def test_whitespace_is_not_forgiven_where_two_places_can_be_meant() -> None:
    said = refusal("  a = 1\n  b\n\n    a = 1\n    b\n", path="x", old="a = 1\nb", new="c")

    assert "but for whitespace it is there 2 times (lines 1, 4)" in said


def test_a_block_names_its_file_and_replaces_whole_lines() -> None:
    patch = "shop.py\n<<<<<<< SEARCH\ntotal += item\n=======\nif item:\n    total += item\n>>>>>>> REPLACE\n"

    assert edited(SHOP, patch=patch) == SHOP.replace(
        "        total += item\n", "        if item:\n            total += item\n"
    )


def test_blocks_in_fences_keep_the_file_they_named() -> None:
    block = "<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE\n"
    patch = "`shop.py`\n```python\n" + block.format("def price(items):", "def price(things):")
    patch += "```\n\n```python\n" + block.format("    for item in items:", "    for item in things:") + "```\n"

    after = edited(SHOP, patch=patch)

    assert [edit.path for edit in read_edits({"patch": patch})] == ["shop.py", "shop.py"]
    assert after is not None
    assert after.startswith("def price(things):")
    assert "for item in things:" in after


def test_a_block_without_old_lines_makes_a_file() -> None:
    assert edited(None, path="new.py", patch="<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE") == "x = 1\n"


def test_a_block_without_new_lines_removes_the_old_ones() -> None:
    patch = "<<<<<<< SEARCH\n    total = 0\n    for item in items:\n=======\n>>>>>>> REPLACE"

    assert edited(SHOP, path="shop.py", patch=patch) == SHOP.replace("    total = 0\n    for item in items:\n", "", 1)


@pytest.mark.parametrize(
    ("patch", "because"),
    [
        ("<<<<<<< SEARCH\na\n=======\nb\n", "does not end"),
        ("<<<<<<< SEARCH\na\n>>>>>>> REPLACE", "has no line `=======`"),
        ("<<<<<<< SEARCH\na\n=======\nTitle\n=======\n>>>>>>> REPLACE", "2 lines of `=`"),
    ],
)
def test_a_block_that_is_not_whole_says_what_is_missing(patch: str, because: str) -> None:
    assert because in refusal("a\n", path="x", patch=patch)


def test_a_block_without_a_file_is_refused() -> None:
    assert "names no file" in refusal("a\n", patch="<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE")


def test_a_diff_with_wrong_counts_and_wrong_line_numbers_is_put_where_its_lines_are() -> None:
    patch = "--- a/shop.py\n+++ b/shop.py\n@@ -90,3 +90,9 @@\n"
    patch += "     for item in items:\n-        total += item\n+        total += 2 * item\n     return total\n"

    assert edited(SHOP, patch=patch) == SHOP.replace("total += item", "total += 2 * item")


def test_a_hunk_that_fits_twice_goes_where_its_header_says() -> None:
    patch = "@@ -9,1 +9,1 @@\n-    total = 0\n+    total = 1\n"

    after = edited(SHOP, path="shop.py", patch=patch)

    assert after is not None
    assert after.split("\n")[1] == "    total = 0"
    assert after.split("\n")[8] == "    total = 1"


def test_a_hunk_that_fits_twice_and_says_no_place_is_refused() -> None:
    assert "in 2 places (lines 2, 9)" in refusal(SHOP, path="x", patch="@@ @@\n-    total = 0\n+    total = 1\n")


def test_a_diff_makes_and_removes_files() -> None:
    patch = "diff --git a/old.py b/old.py\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    patch += "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n"

    first, second = read_edits({"patch": patch})

    assert first == Removal("old.py")
    assert second.path == "new.py"
    assert apply_edit(second, None) == "a\nb\n"


@pytest.mark.parametrize(
    ("patch", "because"),
    [
        ("rename from a\nrename to b\n@@ @@", "renames a file"),
        ("@@ -1 +1 @@\n-a\n+b", "belongs to no file"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n a\nbroken", "begins with none of"),
        ("--- a/x\n+++ b/x\n@@ @@\n", "is empty"),
        ("just words", "neither a block"),
    ],
)
def test_a_diff_that_cannot_be_read_says_why(patch: str, because: str) -> None:
    assert because in refusal("a\n", patch=patch)


def test_a_whole_file_that_leaves_text_out_is_refused() -> None:
    content = "def price(items):\n    # ... rest of the code unchanged ...\n"

    assert "line 2 of the content stands for text that you left out" in refusal(SHOP, path="shop.py", content=content)


def test_an_edit_that_changes_nothing_is_refused() -> None:
    assert "nothing would change" in refusal(SHOP, path="shop.py", content=SHOP)
    assert "nothing would change" in refusal(SHOP, path="shop.py", old="tax", new="tax")


@pytest.mark.parametrize(
    "arguments", [{}, {"path": "x"}, {"path": "x", "old": "a"}, {"path": "x", "content": "a", "patch": "b"}]
)
def test_arguments_of_no_shape_are_answered_with_the_shapes(arguments: Mapping[str, Any]) -> None:
    with pytest.raises(ToolRefused, match="`path`, `old` and `new`"):
        read_edits(arguments)


def test_an_edit_of_a_file_that_is_not_there_says_so() -> None:
    assert "there is no file x" in refusal(None, path="x", old="a", new="b")


LINES = st.lists(st.sampled_from(["", "a", "b", "  a", "    b", "}", "x = 1", "=======", "- -", "++"]), max_size=12)


def _text(lines: list[str], *, ends_bare: bool = False) -> str:
    return "\n".join(lines) + ("" if ends_bare or not lines else "\n")


@given(LINES, LINES, st.integers(0, 3))
def test_every_diff_of_two_texts_makes_the_second_from_the_first(old: list[str], new: list[str], context: int) -> None:
    before, after = _text(old), _text(new)
    diff = "\n".join(difflib.unified_diff(old, new, "a/x", "b/x", n=context, lineterm=""))
    if before == after:
        return

    assert edited(before if old else None, patch=diff) == after


@given(st.text(st.sampled_from("ab \n"), max_size=30), st.text(st.sampled_from("xy\n"), max_size=5), st.data())
def test_a_replacement_of_a_unique_text_is_that_of_the_language(before: str, new: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(before)))
    old = before[first : data.draw(st.integers(first, len(before)))]
    starts = [index for index in range(len(before)) if old and before.startswith(old, index)]

    if len(starts) == 1 and old != new:
        assert edited(before, path="x", old=old, new=new) == before.replace(old, new)
    else:
        refusal(before, path="x", old=old, new=new)


@given(LINES, LINES.filter(bool))
def test_whole_lines_never_land_in_a_place_that_they_do_not_name(lines: list[str], wanted: list[str]) -> None:
    before, old = _text(lines), _text(wanted)
    fitting = [
        index
        for index in range(len(lines) - len(wanted) + 1)
        if [line.strip() for line in lines[index : index + len(wanted)]] == [line.strip() for line in wanted]
    ]
    patch = f"<<<<<<< SEARCH\n{old}=======\nnew\n>>>>>>> REPLACE"
    if "=======" in wanted or not any(line.strip() for line in wanted):
        return
    try:
        after = edited(before, path="x", patch=patch)
    except ToolRefused:
        return

    assert after is not None
    got = after.removesuffix("\n").split("\n")
    assert any(
        [line.strip() for line in got] == [line.strip() for line in [*lines[:i], "new", *lines[i + len(wanted) :]]]
        for i in fitting
    )
