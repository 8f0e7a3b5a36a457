"""Small changes, good and bad, that the tests of this folder share."""

BROKEN = "def total(prices, discount):\n    kept = sum(prices)\n    return kept + discount\n"
FIXED = "def total(prices, discount):\n    kept = sum(prices)\n    return kept - discount\n"

OLD_TESTS = """\
from shop import total

def test_nothing_off():
    assert total([1, 2], 0) == 3

def test_no_prices():
    assert total([], 0) == 0
"""

NEW_TESTS = OLD_TESTS + "\ndef test_discount_is_taken_off():\n    assert total([10], 4) == 6\n"

BASE = {"shop.py": BROKEN, "tests/test_shop.py": OLD_TESTS}
GOOD_FIX = {"shop.py": FIXED, "tests/test_shop.py": NEW_TESTS}
DISCOUNT_TEST = "tests/test_shop.py::test_discount_is_taken_off"

FEATURE = {
    "shop.py": BROKEN + "\ndef vat(price):\n    rate = 20\n    return price + price * rate // 100\n",
    "tests/test_vat.py": "from shop import vat\n\ndef test_vat_is_added():\n    assert vat(100) == 120\n",
}
