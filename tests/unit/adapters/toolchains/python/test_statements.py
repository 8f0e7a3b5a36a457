"""Which lines of a file are statements."""

from hypothesis import given
from hypothesis import strategies as st

from eaa.adapters.toolchains.python.statements import statement_lines

SOURCE = b'''"""A module."""

LIMIT: int
TOTAL = sum([
    1,
    2,
])


@cached
def scale(
    a,
    b=1,
):
    """Scale."""
    global LIMIT
    # A comment.
    if a:
        return a * b
    else:
        pass
    try:
        match a:
            case 1:
                raise ValueError(
                    a
                )
    finally:
        print(a)


class Plain: x = 1
'''


def test_statements_span_their_lines_and_headers_stop_before_the_body() -> None:
    assert statement_lines(SOURCE) == (
        (4, 7),
        (10, 14),
        (18, 18),
        (19, 19),
        (21, 21),
        (22, 22),
        (23, 23),
        (25, 27),
        (29, 29),
        (32, 32),
        (32, 32),
    )


def test_what_does_not_parse_has_no_statements() -> None:
    assert statement_lines(b"def broken(:") == ()
    assert statement_lines(b"\0") == ()


def test_strange_text_warns_nobody() -> None:
    assert statement_lines(b'A = "\\d"\n') == ((1, 1),)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_fault(content: bytes) -> None:
    lines = statement_lines(content)

    assert all(1 <= first <= last for first, last in lines)
