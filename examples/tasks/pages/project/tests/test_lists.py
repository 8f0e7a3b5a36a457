from lists import numbered


def test_items_are_numbered():
    assert numbered(["a", "b"]) == ["1. a", "2. b"]
