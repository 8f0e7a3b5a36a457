from hypothesis import given
from hypothesis import strategies as st

from eaa.kit.bounded import bound_bytes

texts = st.text(st.characters(), max_size=300)


@given(text=texts, limit_bytes=st.integers(1, 400))
def test_a_bounded_text_is_never_longer_than_its_limit(text: str, limit_bytes: int) -> None:
    assert len(bound_bytes(text, limit_bytes=limit_bytes).encode()) <= limit_bytes


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_a_text_within_its_limit_stays_as_it_is(text: str) -> None:
    assert bound_bytes(text, limit_bytes=500) == text


def test_head_and_tail_stay_and_the_loss_is_counted() -> None:
    bounded = bound_bytes("a" * 500 + "z" * 500, limit_bytes=200)

    assert bounded.startswith("aaaa")
    assert bounded.endswith("zzzz")
    assert "1000 bytes, the middle left out" in bounded
