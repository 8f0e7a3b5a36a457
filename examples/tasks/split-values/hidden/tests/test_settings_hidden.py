import pytest

from settings import BadLine, read_settings


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("token = YWJj==", "YWJj=="),
        ("url=http://localhost/?a=1&b=2", "http://localhost/?a=1&b=2"),
        ("rule = a = b = c", "a = b = c"),
        ("empty =", ""),
    ],
)
def test_the_rest_of_a_line_is_its_value(line, value):
    assert list(read_settings(line).values()) == [value]


@pytest.mark.parametrize("line", ["no sign", "=x=y", "  = 1"])
def test_lines_without_a_key_stay_refused(line):
    with pytest.raises(BadLine):
        read_settings(line)


def test_a_later_line_still_wins():
    assert read_settings("a=1=1\na=2=2") == {"a": "2=2"}
