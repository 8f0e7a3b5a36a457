import pytest

from buffer import Buffer


def test_changes_are_taken_back_one_by_one():
    buffer = Buffer("abc")
    buffer.insert(3, "d")
    buffer.delete(0, 2)
    assert buffer.undo() is True
    assert buffer.text == "abcd"
    assert buffer.undo() is True
    assert buffer.text == "abc"


def test_nothing_left_to_take_back():
    buffer = Buffer("abc")
    assert buffer.undo() is False
    buffer.insert(0, "x")
    buffer.undo()
    assert buffer.undo() is False
    assert buffer.text == "abc"


def test_a_refused_change_is_none():
    buffer = Buffer("abc")
    buffer.insert(0, "x")
    with pytest.raises(IndexError):
        buffer.delete(9, 1)
    assert buffer.undo() is True
    assert buffer.text == "abc"


def test_going_on_after_an_undo():
    buffer = Buffer()
    buffer.insert(0, "a")
    buffer.undo()
    buffer.insert(0, "b")
    assert buffer.undo() is True
    assert buffer.text == ""
