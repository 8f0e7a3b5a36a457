import pytest

from buffer import Buffer


def test_insert_and_delete():
    buffer = Buffer("abc")
    buffer.insert(1, "xy")
    assert buffer.text == "axybc"
    buffer.delete(0, 2)
    assert buffer.text == "ybc"


def test_a_position_outside_is_refused():
    with pytest.raises(IndexError):
        Buffer("abc").insert(4, "x")
