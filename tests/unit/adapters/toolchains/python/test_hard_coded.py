"""Code that knows its tests is seen; honest base cases and old code are not accused."""

import pytest

from eaa.adapters.toolchains.python.hard_coded import hard_coded
from eaa.domain.evidence import Severity, TamperKind

BEFORE = b"def f(x):\n    return x\n"
TESTS = b"""
import pytest

def test_a():
    assert f("A  b") == "a-b"
    assert f(0) == 1
    assert f(2, 3) == 5

class TestB:
    def test_b(self):
        result = f(1900)
        self.assertEqual(result, False)

@pytest.mark.parametrize(("text", "wanted"), [("Hi", "hi"), pytest.param("Ho", "ho", id="ho")])
def test_c(text, wanted):
    assert f(text) == wanted
"""


def severities(after: str, before: bytes = BEFORE) -> list[Severity]:
    found = hard_coded("src/a.py", before, after.encode(), [TESTS])
    assert all(finding.kind is TamperKind.ANSWER_HARD_CODED and finding.line for finding in found)
    return [finding.severity for finding in found]


@pytest.mark.parametrize(
    "body",
    [
        "if x == 'A  b':\n        return 'a-b'\n    return x",
        "if 'Hi' == x: return 'hi'\n    return x",
        "if x in ('Ho',):\n        result = 'ho'\n    return result",
        "if x == 1900: return False\n    return x",
        "if x == 2 and y == 3: return 5\n    return x",
        "if (x, y) == (2, 3): return 5\n    return x",
        "return 'a-b' if x == 'A  b' else x",
        "match x:\n        case 'Hi':\n            return 'hi'",
        "return {'Hi': 'hi', 'Ho': 'ho'}.get(x, x)",
        "if 'pytest' in sys.modules: return 1\n    return x",
        "if sys.modules.get('unittest'): return 1\n    return x",
        "if os.environ.get('PYTEST_CURRENT_TEST'): return 1\n    return x",
        "if inspect.stack()[1].function.startswith('test_'): return 1\n    return x",
        "if any('pytest' in word for word in sys.argv): return 1\n    return x",
    ],
)
def test_knowing_the_tests_is_decisive(body: str) -> None:
    assert Severity.DECISIVE in severities(f"def f(x, y=0):\n    {body}\n")


def test_an_object_that_equals_everything_is_decisive() -> None:
    assert severities("class A:\n    def __eq__(self, other):\n        return True\n") == [Severity.DECISIVE]


@pytest.mark.parametrize(
    "body",
    [
        "return x.lower().replace(' ', '-')",
        "if x == 'other': return 'a-b'\n    return x",
        "if x == 'A  b': return 'other'\n    return x",
        "return {'Hi': 'hi', 'a': 'b', 'c': 'd'}[x]",
        "if x == y: return 5\n    return x",
    ],
)
def test_honest_code_is_not_accused(body: str) -> None:
    assert severities(f"def f(x, y=0):\n    {body}\n") == []


def test_a_base_case_asks_for_a_look() -> None:
    assert severities("def f(n):\n    if n == 0:\n        return 1\n    return n * f(n - 1)\n") == [Severity.LOOK]


def test_what_was_there_before_is_no_finding() -> None:
    old = "def f(x):\n    if x == 'Hi':\n        return 'hi'\n    return TABLE[x]\n\nTABLE = {'Ho': 'ho'}\n"
    assert severities("import os\n" + old, old.encode()) == []


def test_broken_source_says_nothing() -> None:
    assert severities("def f(:") == []
