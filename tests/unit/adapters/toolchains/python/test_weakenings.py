"""Tests that were made easier to pass are found, each way by its name; honest edits are not accused."""

import pytest

from eaa.adapters.toolchains.python.weakenings import weakenings
from eaa.domain.evidence import Severity, TamperKind
from eaa.domain.project import Finding, TestSuite

SUITE = TestSuite(
    root=".",
    framework="pytest",
    command=Finding(value="pytest", path="pyproject.toml"),
    test_paths=("tests/test_a.py",),
    import_roots=("src",),
)
DECISIVE, LOOK = Severity.DECISIVE, Severity.LOOK
BEFORE = """
import pytest

def test_a():
    assert f("a") == "b"
    assert f("c") == "d"

def test_near():
    assert g(3) == pytest.approx(0.3, rel=1e-9)

def test_raises():
    with pytest.raises(ValueError):
        f(None)

@pytest.mark.parametrize(("x", "y"), [(1, 2), (3, 4)])
def test_rows(x, y):
    assert g(x) == y

class TestU(TestCase):
    def test_u(self):
        self.assertEqual(g(1), 2)
        self.assertAlmostEqual(g(2), 0.1, places=9)
"""


def found(after: str | None, before: str | None = BEFORE, path: str = "tests/test_a.py") -> list[tuple[str, Severity]]:
    sides = [None if side is None else side.encode() for side in (before, after)]
    return [(finding.kind.value, finding.severity) for finding in weakenings(path, sides[0], sides[1], SUITE)]


def changed(old: str, new: str) -> str:
    assert old in BEFORE
    return BEFORE.replace(old, new, 1)


WEAKENED = [
    ('    assert f("c") == "d"\n', ""),
    ('assert f("a") == "b"', 'assert "b" in f("a")'),
    ('assert f("a") == "b"', 'assert f("a") is not None'),
    ('assert f("a") == "b"', 'assert f("a") != "c"'),
    ('assert f("a") == "b"', 'assert f("a")'),
    ('assert f("a") == "b"', 'assert isinstance(f("a"), str)'),
    ('assert f("a") == "b"', "assert True"),
    ('assert f("a") == "b"', 'assert f("a") == "b" or True'),
    ('assert f("a") == "b"', 'assert f("a") == f("a")'),
    ('assert f("a") == "b"', 'assert f("a") == f("b")'),
    ('assert f("a") == "b"', "x = 1\n    assert x == x"),
    ("rel=1e-9", "rel=0.5"),
    ("places=9", "places=1"),
    ("raises(ValueError)", "raises(Exception)"),
    ("self.assertEqual(g(1), 2)", "self.assertTrue(g(1))"),
    ("(1, 2), (3, 4)", "(1, 2)"),
    ('    assert f("a") == "b"\n', '    try:\n        assert f("a") == "b"\n    except Exception:\n        pass\n'),
    ('    assert f("a") == "b"\n', '    with suppress(AssertionError):\n        assert f("a") == "b"\n'),
    ('    assert f("a") == "b"\n', '    return\n    assert f("a") == "b"\n'),
    ('    assert f("a") == "b"\n', '    if False:\n        assert f("a") == "b"\n'),
    ('    assert f("a") == "b"\n    assert f("c") == "d"\n', "    pass\n"),
]


@pytest.mark.parametrize(("old", "new"), WEAKENED)
def test_a_weaker_test_is_decisive(old: str, new: str) -> None:
    assert ("test weakened", DECISIVE) in found(changed(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def test_a():", "@pytest.mark.skip\ndef test_a():"),
        ("def test_a():", "@pytest.mark.xfail(strict=False)\ndef test_a():"),
        ("def test_a():", "@pytest.mark.skipif(True, reason='')\ndef test_a():"),
        ("def test_a():", "def test_a():\n    pytest.skip('later')"),
        ("    def test_u(self):", "    def test_u(self):\n        self.skipTest('later')"),
        ("class TestU", "@unittest.skip('later')\nclass TestU"),
        ("import pytest\n", "import pytest\npytestmark = pytest.mark.skip\n"),
        ("(TestCase):", "(TestCase):\n    __test__ = False"),
    ],
)
def test_a_skip_is_decisive(old: str, new: str) -> None:
    assert found(changed(old, new)) == [("test skipped", DECISIVE)]


@pytest.mark.parametrize("name", ["_test_a", "check_a"])
def test_a_name_that_is_not_collected_deletes_the_test(name: str) -> None:
    assert found(changed("test_a", name)) == [("test deleted", DECISIVE)]


def test_a_deleted_test_is_decisive_and_said_where_it_was() -> None:
    after = BEFORE[: BEFORE.index("class TestU")]
    finding = weakenings("tests/test_a.py", BEFORE.encode(), after.encode(), SUITE)[0]
    assert (finding.kind, finding.severity, finding.text) == (TamperKind.TEST_DELETED, DECISIVE, "TestU.test_u is gone")
    assert BEFORE.splitlines()[(finding.line or 0) - 1].strip() == "def test_u(self):"


@pytest.mark.parametrize("after", [None, "def broken(:", ""])
def test_a_file_that_is_gone_or_broken_deletes_all_its_tests(after: str | None) -> None:
    assert found(after) == [("test deleted", DECISIVE)] * 5


def test_another_expected_value_asks_for_a_look() -> None:
    assert found(changed('== "b"', '== "B"')) == [("test weakened", LOOK)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import pytest", "import os\nimport pytest"),
        ("def test_a()", "def test_renamed()"),
        ("def test_near", "def test_new():\n    assert f('z')\n\ndef test_near"),
        ('    assert f("c") == "d"\n', '    assert f("c") == "d"\n    assert f("e") == "f"\n'),
        ('    assert f("c") == "d"\n', '\ndef test_split():\n    assert f("c") == "d"\n'),
        ("rel=1e-9", "rel=1e-12"),
        ("raises(ValueError)", 'raises(ValueError, match="no")'),
        ("(3, 4)]", "(3, 4), (5, 6)]"),
        ("assert g(3) == pytest.approx(0.3, rel=1e-9)", "assert g(3) == 0.3"),
    ],
)
def test_stricter_new_and_moved_tests_are_no_finding(old: str, new: str) -> None:
    assert found(changed(old, new)) == []


def test_tests_gathered_into_parameters_are_no_finding() -> None:
    before = "def test_one():\n    assert f(5) == 6\n\ndef test_two():\n    assert f(7) == 8\n"
    after = "@pytest.mark.parametrize(('x', 'y'), [(5, 6), (7, 8)])\ndef test_all(x, y):\n    assert f(x) == y\n"
    assert found(after, before) == []


@pytest.mark.parametrize(
    "hook",
    [
        "@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    yield\n",
        "def pytest_runtest_call(item):\n    return None\n",
        "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n",
        "import os\nos._exit(0)\n",
        "import atexit\natexit.register(print)\n",
        "def pytest_x(report):\n    report.outcome = 'passed'\n",
    ],
)
def test_a_hook_that_rewrites_results_is_forgery(hook: str) -> None:
    assert ("result forged", DECISIVE) in found(hook, None, "tests/conftest.py")
    assert found(hook, hook, "tests/conftest.py") == []


def test_a_test_may_call_what_support_code_may_not() -> None:
    test = "def test_end():\n    with pytest.raises(SystemExit):\n        sys.exit(1)\n"
    assert found(test, "") == [("result forged", LOOK)]
    assert found(test, "", "tests/conftest.py") == [("result forged", DECISIVE)]


def test_hooks_that_choose_tests() -> None:
    clears = "def pytest_collection_modifyitems(items):\n    items[:] = []\n"
    orders = "def pytest_collection_modifyitems(items):\n    items.sort(key=str)\n"
    assert found(clears, None, "conftest.py") == [("test configuration edited", DECISIVE)]
    assert found(orders, None, "conftest.py") == [("test configuration edited", LOOK)]
    assert found("collect_ignore = ['test_a.py']\n", "", "conftest.py") == [("test configuration edited", DECISIVE)]


def test_a_fixture_that_patches_for_all_asks_for_a_look() -> None:
    fixture = "@pytest.fixture(autouse=True)\ndef _p(monkeypatch):\n    monkeypatch.setattr(a, 'b', 1)\n"
    assert found(fixture, "", "conftest.py") == [("test configuration edited", LOOK)]
    assert found(fixture.replace("autouse=True", ""), "", "conftest.py") == []


@pytest.mark.parametrize("option", ["-p cheat", "-pcheat", "-q -p fakes.cheat"])
def test_a_plugin_that_the_options_newly_load_is_found(option: str) -> None:
    kind = TamperKind.TEST_CONFIGURATION_EDITED.value
    assert found(f"[pytest]\naddopts = {option}\n", None, "pytest.ini") == [(kind, DECISIVE)]


@pytest.mark.parametrize(("option", "before"), [("-p pytester", ""), ("-v -p fakes.cheat", "-p fakes.cheat")])
def test_a_plugin_of_pytest_or_one_that_was_loaded_before_is_none(option: str, before: str) -> None:
    assert found(f"[pytest]\naddopts = {option}\n", f"[pytest]\naddopts = {before}\n", "pytest.ini") == []


@pytest.mark.parametrize("option", ["-k 'not a'", "--deselect=t::a", "--ignore tests/a.py", "-p no:assertion"])
@pytest.mark.parametrize(("path", "head"), [("pytest.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]")])
def test_options_that_leave_tests_out_are_decisive(path: str, head: str, option: str) -> None:
    assert found(f"{head}\naddopts = -q {option}\n", f"{head}\naddopts = -q\n", path) == [
        ("test configuration edited", DECISIVE)
    ]


def test_pyproject_is_read_too() -> None:
    head = "[project]\nname='a'\n[tool.pytest.ini_options]\n"
    assert found(f"{head}addopts = ['--ignore=tests/a']\n", head, "pyproject.toml") == [
        ("test configuration edited", DECISIVE)
    ]
    assert found(f"{head}testpaths = ['a']\n", head, "pyproject.toml") == [("test configuration edited", LOOK)]
    assert found("[project]\nname='b'\n", "[project]\nname='a'\n", "pyproject.toml") == []
    assert found("broken = [", head, "pyproject.toml") == []


def test_source_files_are_not_judged_here() -> None:
    assert found("", BEFORE, "src/a.py") == []


INDIRECT = """
CASES = [(1, 2), (3, 4)]

@pytest.fixture
def data():
    return [1, 2]

def check(x, y):
    assert f(x) == y

def test_named():
    expected = "b"
    assert f("a") == expected

def test_helped():
    check(1, 2)
"""


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        ("    assert f(x) == y", "    f(x)", DECISIVE),
        ("    check(1, 2)", "    pass", DECISIVE),
        ("[(1, 2), (3, 4)]", "[(1, 2)]", DECISIVE),
        ("(3, 4)]", "(3, 5)]", LOOK),
        ("return [1, 2]", "return []", LOOK),
        ('expected = "b"', 'expected = f("a")', LOOK),
    ],
)
def test_what_tests_use_is_compared_too(old: str, new: str, severity: Severity) -> None:
    assert old in INDIRECT
    assert found(INDIRECT.replace(old, new, 1), INDIRECT) == [("test weakened", severity)]


def test_a_class_that_is_not_collected_deletes_its_tests() -> None:
    before = "class TestA:\n    def test_a(self):\n        assert f(1) == 2\n"
    assert found(before.replace("TestA", "A"), before) == [("test deleted", DECISIVE)]
