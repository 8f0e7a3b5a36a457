import pytest

from settings import BadLine, read_settings


def test_lines_become_settings():
    assert read_settings("a = 1\n# no\n\nb=two\n") == {"a": "1", "b": "two"}


def test_a_line_without_a_key_is_refused():
    with pytest.raises(BadLine):
        read_settings("= 1")
