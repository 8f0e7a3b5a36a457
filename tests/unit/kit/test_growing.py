"""Items of a sequence that grows are worked on once."""

from eaa.kit.growing import GrowingMemo


class Item:
    """Something with an identity."""

    def __init__(self, name: str) -> None:
        self.name = name


def test_only_what_is_new_at_the_end_is_made() -> None:
    made: list[str] = []

    def make(item: Item) -> str:
        made.append(item.name)
        return item.name.upper()

    first, second, third = Item("a"), Item("b"), Item("c")
    memo = GrowingMemo[Item, str]()

    assert memo.each((first, second), make) == ["A", "B"]
    assert memo.each((first, second, third), make) == ["A", "B", "C"]
    assert made == ["a", "b", "c"]


def test_an_item_that_was_replaced_is_made_anew_and_so_is_everything_behind_it() -> None:
    made: list[str] = []

    def make(item: Item) -> str:
        made.append(item.name)
        return item.name

    first, second, third = Item("a"), Item("b"), Item("c")
    memo = GrowingMemo[Item, str]()
    memo.each((first, second, third), make)

    assert memo.each((first, Item("x"), third), make) == ["a", "x", "c"]
    assert made == ["a", "b", "c", "x", "c"]


def test_a_sequence_that_became_shorter_is_followed() -> None:
    first, second = Item("a"), Item("b")
    memo = GrowingMemo[Item, str]()
    memo.each((first, second), lambda item: item.name)

    assert memo.each((first,), lambda item: item.name) == ["a"]
    assert memo.each((first, second), lambda item: item.name) == ["a", "b"]


def test_what_else_it_depends_on_keeps_results_apart() -> None:
    item = Item("a")
    memo = GrowingMemo[Item, str]()

    assert memo.each((item,), lambda one: one.name + "1", key=1) == ["a1"]
    assert memo.each((item,), lambda one: one.name + "2", key=2) == ["a2"]
    assert memo.each((item,), lambda one: "other", key=1) == ["a1"]


def test_no_more_sequences_than_allowed_are_kept() -> None:
    memo = GrowingMemo[Item, str](most=1)
    one, other = Item("a"), Item("b")
    memo.each((one,), lambda item: item.name)
    memo.each((other,), lambda item: item.name)

    assert memo.each((one,), lambda item: "made anew") == ["made anew"]


def test_nothing_gives_nothing() -> None:
    assert GrowingMemo[Item, str]().each((), lambda item: item.name) == []
