"""The search fixer on little projects."""

from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.fix import Confidence, FixResult
from eaa.engine.repair.fixer import SearchFixer
from eaa.ports.sandbox import Sandbox
from tests.support.repair_project import make_fix_request

pytestmark = pytest.mark.sandbox

GCD = """\
def gcd(a, b):
    # Euclid
    if b == 0:
        return a  # nothing left
    return gcd(a % b, b)  # the rest
"""
TEST_GCD = """\
import pytest
from gcd import gcd

@pytest.mark.parametrize("a, b, wanted", [(13, 13, 13), (37, 600, 1), (20, 100, 20), (3, 12, 3)])
def test_gcd(a, b, wanted):
    assert gcd(a, b) == wanted

def test_zero():
    assert gcd(5, 0) == 5
"""


@pytest.fixture
def sandbox() -> Sandbox:
    return BubblewrapSandbox()


def best(result: FixResult) -> str:
    assert result.fixes, result.note
    content = result.fixes[0].changes[0].content
    assert content is not None
    return content.decode()


async def test_swapped_arguments_are_found_and_comments_stay(tmp_path: Path, sandbox: Sandbox) -> None:
    request = make_fix_request(tmp_path, {"gcd.py": GCD, "test_gcd.py": TEST_GCD})

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == GCD.replace("gcd(a % b, b)", "gcd(b, a % b)")
    assert result.fixes[0].diff.count("\n-") == 1
    assert result.suspects[0].line == 5
    assert (tmp_path / "gcd.py").read_text() == GCD


async def test_a_constant_that_is_read_at_import_is_repaired(tmp_path: Path, sandbox: Sandbox) -> None:
    source = "LENGTHS = [31, 28, 30]  # days\n\n\ndef days(month):\n    return LENGTHS[month - 1]\n"
    tests = (
        "from months import days\n\ndef test_days():\n    assert days(3) == 31\n    assert days(1) == 31\n"
        "    assert days(2) == 28\n"
    )
    request = make_fix_request(tmp_path, {"months.py": source, "test_months.py": tests}, budget_s=40)

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("30]  # days", "31]  # days")
    assert result.fixes[0].confidence is Confidence.DRAFT


async def test_a_default_value_is_repaired(tmp_path: Path, sandbox: Sandbox) -> None:
    source = "def pad(text, size=4):\n    return text.ljust(size, '.')\n"
    tests = "from pad import pad\n\ndef test_pad():\n    assert pad('ab') == 'ab...'\n    assert pad('a', 2) == 'a.'\n"
    request = make_fix_request(tmp_path, {"pad.py": source, "test_pad.py": tests}, budget_s=30)

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("size=4", "size=5")


async def test_endless_loops_are_repaired(tmp_path: Path, sandbox: Sandbox) -> None:
    source = (
        "def digits(number):\n    count = 1\n    while number >= 10:\n        number //= 1\n"
        "        count += 1\n    return count\n"
    )
    tests = (
        "import pytest\nfrom digits import digits\n\n"
        "@pytest.mark.parametrize('number, wanted', [(5, 1), (10, 2), (999, 3), (1000, 4), (0, 1)])\n"
        "def test_digits(number, wanted):\n    assert digits(number) == wanted\n"
    )
    request = make_fix_request(tmp_path, {"digits.py": source, "test_digits.py": tests})

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("//= 1", "//= 10")


async def test_unittest_suites_are_searched_by_name(tmp_path: Path, sandbox: Sandbox) -> None:
    source = (
        "class Tally:\n    def __init__(self, count=0):\n        self.count = count\n\n"
        "    def add(self, n=1):\n        self.count -= n\n"
    )
    tests = (
        "import unittest\nfrom tally import Tally\n\n\nclass TestTally(unittest.TestCase):\n"
        "    def setUp(self):\n        self.tally = Tally()\n\n"
        "    def test_add(self):\n        self.tally.add()\n        self.assertEqual(self.tally.count, 1)\n\n"
        "    def test_add_more(self):\n        self.tally.add(3)\n        self.tally.add(5)\n"
        "        self.assertEqual(self.tally.count, 8)\n\n"
        "    def test_add_to(self):\n        tally = Tally(7)\n        tally.add(2)\n"
        "        self.assertEqual(tally.count, 9)\n\n"
        "    def test_add_nothing_first(self):\n        self.tally.add(0)\n        self.tally.add(4)\n"
        "        self.assertEqual(self.tally.count, 4)\n\n"
        "    def test_new(self):\n        self.assertEqual(self.tally.count, 0)\n"
    )
    request = make_fix_request(
        tmp_path,
        {"tally.py": source, "test_tally.py": tests},
        framework="unittest",
        failing=tuple(
            f"test_tally.TestTally.test_{name}" for name in ("add", "add_more", "add_to", "add_nothing_first")
        ),
        passing=("test_tally.TestTally.test_new",),
    )

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("-= n", "+= n")
    assert result.fixes[0].confidence is Confidence.HIGH


async def test_threads_before_the_search_mean_a_fresh_process_a_candidate(tmp_path: Path, sandbox: Sandbox) -> None:
    source = (
        "import threading\n\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n\n\n"
        "def larger(a, b):\n    return a if a < b else b\n"
    )
    tests = (
        "from larger import larger\n\ndef test_larger():\n    assert larger(1, 2) == 2\n    assert larger(4, 3) == 4\n"
    )
    request = make_fix_request(tmp_path, {"larger.py": source, "test_larger.py": tests})

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) in (source.replace("a < b", "a > b"), source.replace("a < b", "a >= b"))


async def test_rivals_are_told_apart_by_an_input(tmp_path: Path, sandbox: Sandbox) -> None:
    source = "def area(width, height):\n    return width - height\n"
    tests = "from area import area\n\ndef test_area():\n    assert area(2, 2) == 4\n"
    request = make_fix_request(tmp_path, {"area.py": source, "test_area.py": tests})

    result = await SearchFixer(sandbox).fix(request)

    assert len(result.fixes) > 1
    assert result.fixes[0].confidence is Confidence.DRAFT
    assert result.distinguishing_input is not None
    assert result.distinguishing_input.startswith("area(")


async def test_nothing_fails_is_said(tmp_path: Path, sandbox: Sandbox) -> None:
    files = {
        "one.py": "def one():\n    return 1\n",
        "test_one.py": "from one import one\n\ndef test_one():\n    assert one() == 1\n",
    }
    request = make_fix_request(tmp_path, files)

    result = await SearchFixer(sandbox).fix(request)

    assert result.fixes == ()
    assert result.note == "no test fails"


async def test_flaky_tests_are_left_out(tmp_path: Path, sandbox: Sandbox) -> None:
    source = "def double(n):\n    return n + n + 1\n"
    tests = (
        "import pathlib\nfrom double import double\n\n"
        "def test_double():\n    assert double(2) == 4\n    assert double(5) == 10\n\n"
        "def test_flaky():\n    mark = pathlib.Path('mark')\n    was = mark.exists()\n"
        "    mark.touch()\n    assert was\n"
    )
    request = make_fix_request(tmp_path, {"double.py": source, "test_double.py": tests})

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("n + n + 1", "n + n")
    assert result.fixes[0].confidence is Confidence.DRAFT
    assert not (tmp_path / "mark").exists()


async def test_missing_logic_is_grown_from_what_the_tests_want(tmp_path: Path, sandbox: Sandbox) -> None:
    source = (
        "def pick(numbers):\n    found = []\n    for number in numbers:\n"
        "        found.append(number)\n    return found\n"
    )
    tests = (
        "from pick import pick\n\ndef test_odd_ones_go():\n    assert pick([1, 4, 3, 8]) == [4, 8]\n\n"
        "def test_even_ones_stay():\n    assert pick([2, 6]) == [2, 6]\n\n"
        "def test_more():\n    assert pick([7, 12, 9, 5]) == [12]\n\ndef test_none():\n    assert pick([]) == []\n"
    )
    request = make_fix_request(tmp_path, {"pick.py": source, "test_pick.py": tests}, budget_s=30)

    result = await SearchFixer(sandbox).fix(request)

    assert "number % 2" in best(result)
    assert result.fixes[0].confidence is Confidence.DRAFT


async def test_named_tests_are_found_when_their_ids_are_relative_to_another_folder(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    source = "def half(n):\n    return n // 3\n"
    tests = "from half import half\n\ndef test_half():\n    assert half(8) == 4\n    assert half(2) == 1\n"
    request = make_fix_request(
        tmp_path, {"half.py": source, "test_half.py": tests}, failing=("packages/half/test_half.py::test_half",)
    )

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("// 3", "// 2")


async def test_a_strict_project_whose_plugins_are_not_here_is_searched(tmp_path: Path, sandbox: Sandbox) -> None:
    strict = "[pytest]\nfilterwarnings = error\ntimeout = 5\nrequired_plugins = pytest-timeout\n"
    request = make_fix_request(tmp_path, {"gcd.py": GCD, "test_gcd.py": TEST_GCD, "pytest.ini": strict}, budget_s=30)

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == GCD.replace("gcd(a % b, b)", "gcd(b, a % b)")


async def test_benchmarks_of_the_project_run_once_and_are_not_measured(tmp_path: Path, sandbox: Sandbox) -> None:
    plugin = (
        "import pytest\n\ndef pytest_addoption(parser):\n"
        "    parser.addoption('--benchmark-disable', action='store_true')\n\n"
        "def pytest_configure(config):\n    config.is_measuring = not config.option.benchmark_disable\n\n"
        "@pytest.fixture\ndef benchmark(request):\n"
        "    times = 2 if request.config.is_measuring else 1\n"
        "    return lambda function, *given: [function(*given) for _ in range(times)]\n"
    )
    tests = TEST_GCD + "\ndef test_speed(benchmark):\n    assert benchmark(gcd, 13, 13) == [13]\n"
    request = make_fix_request(tmp_path, {"conftest.py": plugin, "gcd.py": GCD, "test_gcd.py": tests}, budget_s=30)

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == GCD.replace("gcd(a % b, b)", "gcd(b, a % b)")


async def test_an_element_that_a_constant_of_the_module_lacks_is_put_in(tmp_path: Path, sandbox: Sandbox) -> None:
    source = "TEENS = frozenset((11, 13))\n\n\ndef ends_in_th(number):\n    return number % 100 in TEENS\n"
    tests = (
        "import pytest\nfrom ends import ends_in_th\n\n"
        "@pytest.mark.parametrize('number, wanted', [(11, 1), (12, 1), (13, 1), (14, 0), (10, 0), (112, 1), (22, 0)])\n"
        "def test_ends(number, wanted):\n    assert ends_in_th(number) == bool(wanted)\n"
    )
    request = make_fix_request(tmp_path, {"ends.py": source, "test_ends.py": tests}, budget_s=40)

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == source.replace("(11, 13)", "(11, 12, 13)")
    assert result.fixes[0].confidence is Confidence.DRAFT
