"""Which complaints are new."""

from dataclasses import replace

from eaa.domain.artefact import CodeMap, QualityFinding
from eaa.domain.fix import Confidence, FixResult
from eaa.domain.ids import TestId
from eaa.roles.sd.analysis import guards, left_open, new_findings, search_budget_s
from tests.support.role_world import RoleWorld, make_fix, with_handover


def finding(text: str, line: int = 1) -> QualityFinding:
    """Make a finding."""
    return QualityFinding("ruff check", "a.py", line, text)


def code_map(path: str) -> CodeMap:
    """Make a map that points at one file."""
    return CodeMap(
        symbols=(),
        ranked_paths=((path, "named"),),
        importers=(),
        callers=(),
        history=(),
        owners=(),
        public_interface_touched=(),
        components=(),
    )


def test_a_complaint_that_only_moved_is_not_new() -> None:
    assert new_findings([finding("F401", 3)], [finding("F401", 9)]) == ()


def test_one_more_of_the_same_is_new() -> None:
    assert new_findings([finding("F401")], [finding("F401", 1), finding("F401", 2)]) == (finding("F401", 2),)


async def test_a_slow_suite_guards_with_the_tests_of_the_suspected_files() -> None:
    files = {
        "shop/money.py": "def add(a, b):\n    return a - b\n",
        "shop/web.py": "def page():\n    return 1\n",
        "tests/test_money.py": "def test_same():\n    pass\n",
        "tests/test_web.py": "def test_page():\n    pass\n",
    }
    world = RoleWorld()
    brief = with_handover(await world.brief(files, "add"), code_map=code_map("shop/money.py"))
    suite = brief.project.suites[0]
    slow = replace(brief, baseline=replace(brief.baseline, duration_s=46.0))

    assert len(guards(brief, suite, ())) == 2
    assert guards(slow, suite, ()) == ("tests/test_money.py::test_same",)
    elsewhere = with_handover(slow, code_map=code_map("shop/other.py"))
    assert len(guards(elsewhere, suite, ())) == 2


async def test_a_search_may_take_longer_where_tests_are_slow() -> None:
    brief = await RoleWorld().brief({"a.py": ""}, "Fix it")

    budgets = [search_budget_s(replace(brief, baseline=replace(brief.baseline, duration_s=s))) for s in (1, 20, 900)]

    assert budgets == [30.0, 60.0, 120.0]


def test_a_draft_leaves_open_on_which_call_its_rivals_differ() -> None:
    draft = replace(make_fix("a.py", ""), confidence=Confidence.DRAFT, reasons=("✗ one test only", "✓ one place"))
    differs = FixResult(
        fixes=(draft, draft), suspects=(), distinguishing_input="f(4): 1, 2", candidates_tried=9, seconds=1.0
    )

    (rivals,) = left_open(differs, 0, ())
    (lonely,) = left_open(replace(differs, fixes=(draft,), distinguishing_input=None), 0, ())

    assert rivals.startswith("another change passes the same tests; they differ on f(4): 1, 2.")
    assert lonely.startswith("the repair is a draft: one test only.")


def test_a_repair_of_high_confidence_leaves_only_failing_tests_open() -> None:
    high = replace(make_fix("a.py", ""), confidence=Confidence.HIGH)
    result = FixResult(fixes=(high, high), suspects=(), distinguishing_input=None, candidates_tried=9, seconds=1.0)

    assert left_open(result, 0, ()) == ()
    (point,) = left_open(result, 0, (TestId("tests/test_a.py::test_b"),))
    assert "fails still" in point
