from hypothesis import given
from hypothesis import strategies as st

from eaa.engine.llm.context.chunks import Chunk
from eaa.engine.llm.context.packing import pack, relevance, words_of


def chunk(text: str, line: int = 1, title: str = "") -> Chunk:
    return Chunk("a.py", line, line, text, title)


def test_words_of_names_are_their_parts() -> None:
    assert words_of("parse_httpHeader2 HTTPServer") == ["parse", "http", "header", "2", "http", "server"]


def test_the_piece_that_speaks_of_the_question_is_the_most_relevant() -> None:
    pieces = [chunk("def total(cart): ..."), chunk("def discount(cart, rate): ..."), chunk("import os")]

    scores = relevance(pieces, query="The discountRate is wrong")

    assert scores[1] > scores[0] == scores[2] == 0


def test_what_fits_comes_in_its_own_order() -> None:
    pieces = [chunk("unrelated", 1), chunk("tax tax", 2), chunk("about a discount", 3), chunk("more words here", 4)]

    packed = pack(pieces, query="discount tax", budget_tokens=30, measure=len)

    assert [piece.first_line for piece in packed.chunks] == [2, 3]
    assert packed.left_out == 2
    assert packed.tokens == 23


@given(
    texts=st.lists(st.text("ab _\n", max_size=30), max_size=12),
    query=st.text("ab ", max_size=10),
    budget=st.integers(0, 80),
)
def test_the_budget_holds_and_nothing_that_fits_on_top_is_left_out(texts: list[str], query: str, budget: int) -> None:
    pieces = [chunk(text, line) for line, text in enumerate(texts, start=1)]

    packed = pack(pieces, query=query, budget_tokens=budget, measure=len)

    assert sum(len(piece.text) for piece in packed.chunks) == packed.tokens <= budget
    outside = [piece for piece in pieces if piece not in packed.chunks]
    assert all(packed.tokens + len(piece.text) > budget for piece in outside)
