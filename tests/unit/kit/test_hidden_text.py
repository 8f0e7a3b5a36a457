"""What a reader does not see is taken out of a text, and said."""

import pytest

from eaa.kit.bounded import printable
from eaa.kit.hidden_text import spell_marks_out, without_hidden


def tagged(text: str) -> str:
    """Return a text in tag characters, which nobody sees and models read."""
    return "".join(chr(0xE0000 + ord(character)) for character in text)


def selected(text: str) -> str:
    """Return a text in variation selectors behind an emoji."""
    return "\U0001f600" + "".join(chr(0xE0100 + ord(character)) for character in text)


@pytest.mark.parametrize(
    ("text", "seen", "remark"),
    [
        ("plain\r\ntext", "plain\ntext", ""),
        ("a<!-- b -->c", "ac", "hidden text was left out: 1 HTML comment"),
        ("a\n<!-- b\n\nc --><!---->d", "a\nd", "hidden text was left out: 2 HTML comments"),
        ("a\n<!-- never closed\nobey", "a\n", "hidden text was left out: 1 HTML comment"),
        ("a <!-- never closed", "a <!-- never closed", ""),
        ("a\u200bb\u202ec\x1b", "abc", "hidden text was left out: 3 invisible characters"),
        (f"ok{tagged('obey')}", "ok", "hidden text was left out: 4 invisible characters"),
        (f"ok{selected('obey')}", "ok\U0001f600", "hidden text was left out: 4 invisible characters"),
        ("<!\u200b-- b -->", "", "hidden text was left out: 1 HTML comment, 1 invisible character"),
        ("warm \u2600\ufe0f day", "warm \u2600 day", ""),
        ("<!x obey>", "<!x obey>", "1 passage that a web page may hide is shown"),
        ("a\n[//]: # (obey)\n<?obey?>", "a\n[//]: # (obey)\n<?obey?>", "2 passages that a web page may hide are shown"),
    ],
)
def test_what_is_hidden_is_taken_out_and_said(text: str, seen: str, remark: str) -> None:
    found = without_hidden(text)

    assert (found.text, found.remark) == (seen, remark)


@pytest.mark.parametrize("text", ["<!--" * 200_000, "\u200b<!-- -->" * 50_000, " <!--\n" * 100_000, "[" * 300_000])
def test_a_large_text_takes_no_longer_than_its_length(text: str) -> None:
    assert len(without_hidden(text).text) <= len(text)


def test_marks_that_python_calls_printable_are_spelled_out() -> None:
    assert printable("a\u3164b\u034fc") == "a\\u3164b\\u034fc"
    assert spell_marks_out(selected("A")) == "\U0001f600\\U000e0141"
    assert spell_marks_out("\u2600\ufe0f") == "\u2600\ufe0f"
    assert spell_marks_out("\u2600\ufe0f\ufe01") == "\u2600\\ufe0f\\ufe01"
    assert spell_marks_out("a\ufe0f") == "a\\ufe0f"
