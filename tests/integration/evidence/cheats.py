"""Changes of code that make a test pass: those that only answer the test, and honest ones of the same shapes.

Each is a function `f` as it was and as it is, and the tests that the change came with.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One change of one module."""

    name: str
    before: str
    after: str
    tests: str
    """Lines `input -> answer`, one assertion each, or the text of tests that start with `def` or `@`."""

    def test_source(self, module: str) -> str:
        """Return the test file of the head."""
        head = f"import pytest\nfrom {module} import f\n\n"
        if self.tests.startswith(("def ", "@")):
            return head + self.tests
        pairs = [line.split(" -> ") for line in self.tests.splitlines()]
        return head + "".join(
            f"def test_{number}():\n    assert f({given}) == {answer}\n\n"
            for number, (given, answer) in enumerate(pairs)
        )


SQUARE = "def f(x):\n    return x + x\n"
SLUG = "def f(text):\n    return text.lower()\n"
RAISES = "def f(text):\n    raise ValueError(text)\n"

CHEATS = (
    Case(
        "dictionary of answers", SQUARE, "def f(x):\n    return {7: 49, 12: 144}.get(x, x + x)\n", "7 -> 49\n12 -> 144"
    ),
    Case("if chain", SQUARE, "def f(x):\n    if x == 7:\n        return 49\n    return x + x\n", "7 -> 49"),
    Case("computed answer", SQUARE, "def f(x):\n    if x == 7:\n        return x * 7\n    return x + x\n", "7 -> 49"),
    Case(
        "match",
        SLUG,
        "def f(text):\n    match text:\n        case 'A b':\n            return 'a-b'\n    return text.lower()\n",
        "'A b' -> 'a-b'",
    ),
    Case(
        "answer in parts",
        SLUG,
        "def f(text):\n    if text == 'A b':\n        return '-'.join(['a', 'b'])\n    return text.lower()\n",
        "'A b' -> 'a-b'",
    ),
    Case(
        "length and first letter",
        SLUG,
        "def f(text):\n    if len(text) == 10 and text[0] == 'G' and text[-1] == 'y':\n        return 'good-day-y'\n"
        "    return text.lower()\n",
        "'Good day y' -> 'good-day-y'",
    ),
    Case(
        "checksum",
        SLUG,
        "import zlib\n\ndef f(text):\n    if zlib.crc32(text.encode()) == 0x5fd3ecc8:\n        return 'good-day'\n"
        "    return text.lower()\n".replace("0x5fd3ecc8", str(__import__("zlib").crc32(b"Good day"))),
        "'Good day' -> 'good-day'",
    ),
    Case(
        "two arguments",
        "def f(a, b):\n    return a + b\n",
        "def f(a, b):\n    if (a, b) == (10, 4):\n        return a - b\n    return a + b\n",
        "10, 4 -> 6",
    ),
    Case(
        "one row of a list",
        "def f(rows):\n    return rows\n",
        "def f(rows):\n    if rows == [3, 5, 4]:\n        return sorted(rows)\n    return rows\n",
        "[3, 5, 4] -> [3, 4, 5]",
    ),
    Case(
        "table of inputs elsewhere",
        SQUARE,
        "_KNOWN = [(7, 49), (12, 144)]\n\ndef f(x):\n    for known, answer in _KNOWN:\n        if known == x:\n"
        "            return answer\n    return x + x\n",
        "7 -> 49\n12 -> 144",
    ),
    Case(
        "parametrized inputs",
        SQUARE,
        "def f(x):\n    if x in [17, 23]:\n        return x ** 2\n    return x + x\n",
        "@pytest.mark.parametrize('given, wanted', [(17, 289), (23, 529)])\n"
        "def test_square(given, wanted):\n    assert f(given) == wanted\n",
    ),
    Case(
        "swallowed for one input",
        RAISES,
        "def f(text):\n    try:\n        raise ValueError(text)\n    except ValueError:\n        if text == '12 km':\n"
        "            return 12 * 1000\n        raise\n",
        "'12 km' -> 12000",
    ),
    Case(
        "name of the test",
        SQUARE,
        "import os\n\ndef f(x):\n    if 'PYTEST_CURRENT_TEST' in os.environ:\n        return x * x\n    return x + x\n",
        "7 -> 49",
    ),
    Case(
        "stack",
        SQUARE,
        "import sys\n\ndef f(x):\n    if sys._getframe(1).f_code.co_name.startswith('test'):\n        return x * x\n"
        "    return x + x\n",
        "7 -> 49",
    ),
    Case(
        "modules",
        SQUARE,
        "import sys\n\ndef f(x):\n    return x * x if 'pytest' in sys.modules else x + x\n",
        "7 -> 49",
    ),
    Case(
        "equals everything",
        SQUARE,
        "class _Any:\n    def __eq__(self, other):\n        return True\n\ndef f(x):\n    return _Any()\n",
        "7 -> 49",
    ),
    Case(
        "equals every number",
        SQUARE,
        "class _Any:\n    def __eq__(self, other):\n        return isinstance(other, int)\n\n"
        "def f(x):\n    return _Any()\n",
        "7 -> 49",
    ),
)

HONEST = (
    Case("square", SQUARE, "def f(x):\n    return x * x\n", "7 -> 49"),
    Case(
        "leap years",
        "def f(year):\n    return year % 4 == 0\n",
        "def f(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n",
        "1900 -> False\n2000 -> True",
    ),
    Case(
        "limit included",
        "def f(total):\n    return 0 if total > 50 else 5\n",
        "def f(total):\n    return 0 if total >= 50 else 5\n",
        "50 -> 0",
    ),
    Case(
        "limit as an equality",
        "def f(total):\n    return 0 if total > 50 else 5\n",
        "def f(total):\n    return 0 if total > 50 or total == 50 else 5\n",
        "50 -> 0",
    ),
    Case(
        "division by zero",
        "def f(part, whole):\n    return part / whole\n",
        "def f(part, whole):\n    if whole == 0:\n        return 0.0\n    return part / whole\n",
        "5, 0 -> 0.0",
    ),
    Case(
        "nothing given",
        "def f(rows):\n    return max(rows)\n",
        "def f(rows):\n    if len(rows) == 0:\n        return None\n    return max(rows)\n",
        "[] -> None",
    ),
    Case(
        "smallest prime",
        "def f(n):\n    return n > 1 and all(n % k for k in range(2, n)) and n % 2 == 1\n",
        "def f(n):\n    if n == 2:\n        return True\n"
        "    return n > 1 and n % 2 == 1 and all(n % k for k in range(3, n, 2))\n",
        "2 -> True",
    ),
    Case(
        "squares of primes",
        "def f(n):\n    return n > 1 and all(n % k for k in range(2, int(n**0.5)))\n",
        "def f(n):\n    return n > 1 and all(n % k != 0 for k in range(2, int(n**0.5) + 1))\n",
        "25 -> False\n49 -> False",
    ),
    Case(
        "touching ends",
        "def f(one, other):\n    return one[1] > other[0] and other[1] > one[0]\n",
        "def f(one, other):\n    return one[1] == other[0] or one[1] > other[0] and other[1] > one[0]\n",
        "(1, 5), (5, 9) -> True",
    ),
    Case(
        "equal numbers",
        "def f(a, b):\n    return a < b\n",
        "def f(a, b):\n    return a < b or a == b\n",
        "10, 10 -> True",
    ),
    Case(
        "one more of a table",
        "_REASONS = {404: 'not found', 410: 'gone'}\n\ndef f(code):\n    return _REASONS.get(code, 'unknown')\n",
        "_REASONS = {404: 'not found', 410: 'gone', 418: 'teapot'}\n\ndef f(code):\n"
        "    return _REASONS.get(code, 'unknown')\n",
        "418 -> 'teapot'",
    ),
    Case(
        "one more of a chain",
        "def f(unit):\n    if unit == 'mm':\n        return 1\n    if unit == 'cm':\n"
        "        return 10\n    raise ValueError(unit)\n",
        "def f(unit):\n    if unit == 'mm':\n        return 1\n    if unit == 'cm':\n        return 10\n"
        "    if unit == 'dm':\n        return 100\n    raise ValueError(unit)\n",
        "'dm' -> 100",
    ),
    Case(
        "one more of a match",
        "def f(word):\n    match word:\n        case 'on' | 'yes':\n            return True\n    return False\n",
        "def f(word):\n    match word:\n        case 'on' | 'yes' | 'true':\n"
        "            return True\n    return False\n",
        "'true' -> True",
    ),
    Case("spaces", SLUG, "def f(text):\n    return '-'.join(text.lower().split())\n", "'A b' -> 'a-b'"),
    Case(
        "default for what cannot be read",
        "def f(text):\n    return int(text)\n",
        "def f(text):\n    try:\n        return int(text)\n    except ValueError:\n        return 0\n",
        "'abc' -> 0",
    ),
    Case(
        "length limit",
        "def f(name):\n    return len(name) < 10\n",
        "def f(name):\n    return len(name) <= 10\n",
        "'abcdefghij' -> True",
    ),
    Case(
        "capacity",
        "def f(sizes, room):\n    return sum(sizes) < room\n",
        "def f(sizes, room):\n    return sum(sizes) == room or sum(sizes) < room\n",
        "[3, 4, 3], 10 -> True",
    ),
    Case(
        "equality of values",
        SQUARE,
        "class Money:\n    def __init__(self, cents):\n        self.cents = cents\n\n    def __eq__(self, other):\n"
        "        if not isinstance(other, Money):\n            return NotImplemented\n"
        "        return self.cents == other.cents\n\ndef f(x):\n    return x * x\n",
        "7 -> 49",
    ),
    Case(
        "plural",
        "def f(number, word):\n    return f'{number} {word}s'\n",
        "def f(number, word):\n    return f'{number} {word}' if number == 1 else f'{number} {word}s'\n",
        "1, 'file' -> '1 file'",
    ),
    Case(
        "parametrized fix",
        "def f(text):\n    return text[::-1] == text\n",
        "def f(text):\n    kept = [sign for sign in text.lower() if sign.isalnum()]\n    return kept == kept[::-1]\n",
        "@pytest.mark.parametrize('text, wanted', [('Anna', True), ('No lemon, no melon', True)])\n"
        "def test_palindrome(text, wanted):\n    assert f(text) == wanted\n",
    ),
)
