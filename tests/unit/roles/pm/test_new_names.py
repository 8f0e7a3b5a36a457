"""Requests for names that are not there yet, and requests that only look like them."""

import pytest

from eaa.domain.kind import Kind
from eaa.roles.pm.analysis import read_request

NEW = (
    "`Stack` should have a method `peek()`",
    "Stack should have a `peek()` method that returns the top item without removing it.",
    "`Stack` should have a method `peek()` that raises IndexError when it is empty.",
    "Cart should have a method total() that returns the sum of the prices.",
    "`Cart` should have a method `count()` and `count()` should be 2 after two adds.",
    "`Cart` should have a `count()`: 0 for an empty cart.",
    "There should be a function `median(values)` that raises ValueError for an empty list.",
    "There should be a function `median(values)`: `median([1, 3])` should be 2.",
    "There should be a property `is_empty` on Queue.",
    "`Account` needs a method `close()` which sets the balance to 0.",
    "We need a method `Stack.peek()`; `Stack().peek()` should return None.",
    "I would like to have `Cart.clear()`.",
    "I want `Counter` to have `reset()`; it should return None.",
    "`Matrix` should offer a method `transpose()` returning a new matrix.",
    "`Queue` should offer `is_empty()` -> True when nothing is in it",
    "Queue is missing `is_empty()`. `Queue().is_empty()` should be True.",
    "`Stack` has no method `peek()`; it should have one.",
    "Give `Stack` a `peek()` method.",
    "A `peek()` method should exist on `Stack`.",
    "The `Temperature` class should have a `to_f()` method, `Temperature(100).to_f()` should return 212.0",
    "Expose `load()` on Config; it must raise FileNotFoundError for a missing file",
    "There is no `Config.load()`. It should return {}.",
    "Please implement `Counter.reset()`. After `reset()` the value should be 0.",
)
OLD = (
    "`f(2)` should return 4 but returns 5",
    "`total([1, 2])` should be 3",
    "`total([])` should return 0 instead of raising ValueError.",
    "`parse('a')` should not raise.",
    "`Stack([1]).peek()` should return 1",
    "`Stack().pop()` should raise IndexError",
    "add subtracts: add(2, 3) returns -1 and should return 5.",
    "create fails: create('a') raises KeyError",
    "`give('x')` should return 'x', not None",
    "TypeError: f() is missing 1 required positional argument. `f()` should return 0.",
)


@pytest.mark.parametrize("text", NEW)
def test_a_wish_for_a_name_that_is_not_there_is_a_feature(text: str) -> None:
    assert read_request(text).kind is Kind.FEATURE


@pytest.mark.parametrize("text", OLD)
def test_an_example_of_what_is_there_stays_a_bug(text: str) -> None:
    requirement = read_request(text)

    assert requirement.kind is Kind.BUG
    assert any(criterion.examples for criterion in requirement.criteria)


@pytest.mark.parametrize("text", [*NEW[4:6], NEW[14], "`size()` should be 3 after three pushes."])
def test_a_method_without_its_object_or_in_some_state_is_no_example(text: str) -> None:
    requirement = read_request(text)

    assert not any(criterion.examples for criterion in requirement.criteria)
    assert requirement.questions


def test_a_whole_example_of_a_new_name_is_kept() -> None:
    (criterion,) = read_request(NEW[7]).criteria

    assert [(example.expression, example.expected) for example in criterion.examples] == [("median([1, 3])", "2")]
