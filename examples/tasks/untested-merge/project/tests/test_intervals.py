from intervals import length


def test_length():
    assert length((3, 5)) == 3
