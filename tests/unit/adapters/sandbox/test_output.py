"""Bounded output."""

from hypothesis import given
from hypothesis import strategies as st

from eaa.adapters.sandbox.output import BoundedOutput


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(min_value=0, max_value=100))
def test_head_and_tail_are_the_true_ends_and_nothing_is_counted_twice(chunks: list[bytes], limit: int) -> None:
    output = BoundedOutput(limit)
    for chunk in chunks:
        output.add(chunk)
    kept, whole = output.kept(), b"".join(chunks)

    assert output.seen_bytes == len(whole)
    assert len(kept.head) + len(kept.tail) == min(limit, len(whole))
    assert len(kept.head) + len(kept.tail) + kept.omitted_bytes == len(whole)
    assert whole.startswith(kept.head)
    assert whole.endswith(kept.tail)
