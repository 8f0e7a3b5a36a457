"""Tests changed so that they cannot pass."""

import pytest

from eaa.adapters.toolchains.python.doomed_tests import doomed_tests

_IN_A_CLASS = "class T:\n    def test(self):\n        def g():\n            return 1\n        self.eq(g(), 1)\n"


@pytest.mark.parametrize(
    ("source", "doomed"),
    [
        ("def test():\n    assert f(1) == 6\n", "def test():\n    assert f(1) == object()\n"),
        ("def test():\n    assert 'ü' == f('ü')\n", "def test():\n    assert object() == f('ü')\n"),
        ("def test():\n    assert f()", "def test():\n    assert f()\n    assert 1 + 1 == 3\n"),
        (
            "def test():\n\twith x:\n\t\tassert f() == 6\n",
            "def test():\n\twith x:\n\t\tassert f() == 6\n\tassert 1 + 1 == 3\n",
        ),
        ("@m\ndef test():\r\n    f()\r\n", "@m\ndef test():\r\n    f()\n    assert 1 + 1 == 3\n"),
        (
            _IN_A_CLASS,
            f"{_IN_A_CLASS}        assert 1 + 1 == 3\n",
        ),
    ],
)
def test_a_test_that_ends_at_its_end_cannot_pass(source: str, doomed: str) -> None:
    line = 2 if source.startswith("class") else 1

    assert doomed_tests(source.encode(), {line}) == (doomed.encode(), frozenset({line}))


@pytest.mark.parametrize(
    "source",
    [
        "def test():\n    if x:\n        return\n    assert f() == 6\n",
        "def test():\n    yield f() == 6\n",
        "def test(): assert f() == 6\n",
        "def test(:\n",
    ],
    ids=["ends early", "yields", "one line", "no Python"],
)
def test_a_test_that_may_end_early_stays_as_it_is(source: str) -> None:
    assert doomed_tests(source.encode(), {1}) == (source.encode(), frozenset())


def test_only_the_tests_asked_for_are_changed() -> None:
    source = b"def test_a():\n    assert f() == 1\n\n\ndef test_b():\n    g()\n\n\ndef test_c():\n    assert f() == 3\n"

    text, doomed = doomed_tests(source, {5, 9})

    assert doomed == {5, 9}
    assert text == source.replace(b"    g()\n", b"    g()\n    assert 1 + 1 == 3\n").replace(
        b"assert f() == 3", b"assert f() == object()"
    )
