import pytest

import lists


def test_pages_follow_each_other():
    assert [lists.page(range(5), number, 2) for number in (1, 2, 3)] == [[0, 1], [2, 3], [4]]


def test_a_page_after_the_last_is_empty():
    assert lists.page([1, 2], 2, 2) == []
    assert lists.page([], 1, 10) == []


@pytest.mark.parametrize(("number", "size"), [(0, 2), (-1, 2), (1, 0), (1, -3)])
def test_numbers_below_one_are_refused(number, size):
    with pytest.raises(ValueError):
        lists.page([1, 2, 3], number, size)
