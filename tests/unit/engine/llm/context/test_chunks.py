import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.engine.llm.context.chunks import Chunk, Cut, Structure, chunks_of

CODE = """import os


# Adds.
def add(a, b):
    return a + b


@cached
def sub(a, b):
    return a - b


class Point:
    x = 1

    def move(self):
        pass
"""
MARKDOWN = """Intro.

# One

Text of one.

```
# not a heading
```

## Deeper

Text.

# Two

End.
"""


def chunked(
    text: str, structure: Structure, *, most: int, overlap: int = 0, spans: tuple[tuple[int, int], ...] = ()
) -> tuple[Chunk, ...]:
    cut = Cut(most_tokens=most, overlap_tokens=overlap)
    return chunks_of(text, source="a", structure=structure, cut=cut, measure=len, spans=spans)


def test_code_is_cut_between_definitions_and_keeps_what_stands_above_them() -> None:
    spans = ((5, 6), (10, 11), (14, 18))

    pieces = chunked(CODE, Structure.CODE, most=70, spans=spans)

    assert [piece.text.strip().splitlines()[0] for piece in pieces] == ["import os", "@cached", "class Point:"]
    assert "# Adds.\ndef add" in pieces[0].text


def test_without_a_language_indentation_tells_where_definitions_are() -> None:
    pieces = chunked(CODE, Structure.CODE, most=75)

    assert [piece.title for piece in pieces] == ["import os", "@cached", "class Point:"]


def test_markdown_is_cut_at_headings_and_knows_the_ones_above() -> None:
    pieces = chunked(MARKDOWN, Structure.MARKDOWN, most=50)

    assert [piece.title for piece in pieces] == ["", "One", "One › Deeper"]
    assert "# not a heading" in pieces[1].text
    assert "# Two" in pieces[2].text


def test_prose_is_cut_between_sentences_where_a_line_is_too_long() -> None:
    pieces = chunked("One is short. Two is short, too. Three.\n", Structure.PROSE, most=20)

    assert [piece.text for piece in pieces] == ["One is short. ", "Two is short, too. ", "Three.\n"]


def test_the_end_of_a_piece_is_said_again_at_the_next_ones_beginning() -> None:
    text = "".join(f"line {number}\n" for number in range(10))

    pieces = chunked(text, Structure.PROSE, most=28, overlap=7)

    assert [(piece.first_line, piece.last_line) for piece in pieces[:3]] == [(1, 4), (4, 7), (7, 10)]


@pytest.mark.parametrize("sizes", [(0, 0), (5, 5), (5, -1)])
def test_a_cut_that_could_not_end_is_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        Cut(*sizes)


texts = st.text(st.sampled_from("ab #.`\n\n\n(){}é "), max_size=200)


@given(text=texts, structure=st.sampled_from(Structure), most=st.integers(1, 60), overlap_share=st.floats(0, 0.9))
def test_nothing_is_lost_and_no_piece_is_too_large(
    text: str, structure: Structure, most: int, overlap_share: float
) -> None:
    pieces = chunked(text, structure, most=most, overlap=int(most * overlap_share))

    assert all(len(piece.text) <= most for piece in pieces)
    covered = "".join(piece.text for piece in chunked(text, structure, most=most))
    assert covered == text
    lines = set(range(1, len(text.splitlines()) + 1))
    assert {line for piece in pieces for line in range(piece.first_line, piece.last_line + 1)} == lines
