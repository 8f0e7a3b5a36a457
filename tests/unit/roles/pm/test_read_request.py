"""What PM reads out of a request."""

import pytest

from eaa.domain.criterion import Example
from eaa.domain.ids import TestId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.test_report import Outcome, TestResult
from eaa.roles.pm.analysis import MOST_CRITERIA, TITLE_CHARACTERS, TestNames, read_request
from eaa.roles.pm.named_tests import MOST_TESTS

ROUNDING = TestId("tests/test_money.py::test_rounding_half_even")
TOTAL = TestId("tests/test_money.py::TestCart::test_total[empty]")
NAMES = TestNames(
    known=(ROUNDING, TOTAL, TestId("tests/test_money.py::test_currency")),
    failing=(
        TestResult(ROUNDING, Outcome.FAILED, exception="AssertionError"),
        TestResult(TOTAL, Outcome.RAISED, exception="KeyError"),
    ),
)


def only_example(text: str) -> Example:
    """Return the single example of a request."""
    (criterion,) = [criterion for criterion in read_request(text).criteria if criterion.examples]
    (example,) = criterion.examples
    return example


@pytest.mark.parametrize(
    "said",
    [
        "`decode(b'YQ')` raises BadData, it should return b'a'.",
        "`decode(b'YQ')` raises a `codec.BadData` but should return b'a'.",
    ],
)
def test_an_exception_needs_no_usual_name_behind_raises(said: str) -> None:
    assert only_example(said).expected == "b'a'"


def test_a_class_that_should_be_raised_needs_no_usual_name() -> None:
    assert only_example("`loads('x')` should raise BadSignature").raises == "BadSignature"


def test_what_a_request_says_is_told_apart_from_what_it_names() -> None:
    requirement = read_request(f"{ROUNDING} fails", tests=NAMES)

    assert requirement.kind is Kind.BUG
    assert requirement.kind_because == f"the request says 'fails' and names the failing test {ROUNDING}"


def test_of_a_test_with_many_parameters_those_that_fail_come_first() -> None:
    known = tuple(TestId(f"tests/test_money.py::test_ordinal[{number}]") for number in range(200))
    failing = tuple(TestResult(test, Outcome.FAILED, exception="AssertionError") for test in known[111:114])

    requirement = read_request("tests/test_money.py::test_ordinal fails", tests=TestNames(known=known, failing=failing))

    (criterion,) = requirement.criteria
    assert criterion.tests[:3] == known[111:114]
    assert len(criterion.tests) == MOST_TESTS


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ('`slugify("A  b")` returns `"a--b"` instead of `"a-b"`.', '"a-b"'),
        ('slugify("A  b") should return "a-b" (but returns "a--b").', '"a-b"'),
        ('slugify("A  b") == "a-b"', '"a-b"'),
        ('slugify("A  b") → "a-b"', '"a-b"'),
        ('slugify("A  b") => "a-b"', '"a-b"'),
        ('slugify("A  b") -> "a-b"', '"a-b"'),
        ('slugify("A  b") gives "a--b", expected "a-b".', '"a-b"'),
        ('slugify("A  b") returns "a--b" but should be "a-b".', '"a-b"'),
        ('Expected "a-b" from slugify("A  b"), got "a--b".', '"a-b"'),
        ('I expect `slugify("A  b")` to return `"a-b"`.', '"a-b"'),
        ('slugify("A  b") must not return "x". It should return "a-b".', '"a-b"'),
        ('Calling slugify("A  b") gives "a--b". Expected: "a-b"', '"a-b"'),
        ('slugify("A  b") returns "a--b", not "a-b".', '"a-b"'),
        ('`slugify("A  b")  # should be "a-b"`', '"a-b"'),
        ('slugify("A  b") raises `KeyError: x` for no reason, but it should return "a-b".', '"a-b"'),
        ('slugify("A  b") gives "x", but blanks are one dash, so it should give "a-b".', '"a-b"'),
        ('Please add a function: slugify("A  b") returns "a-b".', '"a-b"'),
        ('Fix this\n\n>>> slugify("A  b")\n"a--b"\n\nI would expect "a-b".', '"a-b"'),
        ('slugify("A  b") returns the wrong text instead of "a-b".', '"a-b"'),
        ('slugify("A  b") loops forever, it should return "a-b".', '"a-b"'),
        ('Fix the blanks in slugify("A  b") - expected "a-b" but got "x"', '"a-b"'),
        ('slugify("A  b") should be an empty string', '""'),
        ('slugify("A  b") should equal 3.', "3"),
        ('slugify("A  b") should return nothing.', "None"),
        ('slugify("A  b") should return Decimal("1.5").', 'Decimal("1.5")'),
    ],
)
def test_a_sentence_with_a_call_and_an_answer_is_an_example(sentence: str, expected: str) -> None:
    assert only_example(sentence) == Example('slugify("A  b")', expected=expected)


def test_what_happens_today_is_not_what_is_wanted() -> None:
    text = "### Actual behaviour\n\n`f(2)` → `5`\n\n### Expected behaviour\n\n`f(2)` → `4`\n"

    assert only_example(text) == Example("f(2)", expected="4")


def test_a_doctest_session_gives_expression_answer_and_setup() -> None:
    session = ">>> from stats import median\n>>> data = [3, 1]\n>>> median(data)\n2.0\n"
    text = f"The median of a list\n\n```python\n{session}```\n"

    assert only_example(text) == Example(
        "median(data)", expected="2.0", setup=("from stats import median", "data = [3, 1]")
    )


def test_a_session_that_shows_the_fault_takes_the_expected_answer_behind_it() -> None:
    text = "median is off\n\n>>> median([1, 2, 3, 4])\n3\n\nExpected `2.5`.\n"

    assert only_example(text) == Example("median([1, 2, 3, 4])", expected="2.5")


def test_a_session_that_raises_expects_the_exception() -> None:
    text = ">>> parse('')\nTraceback (most recent call last):\n  ...\nValueError: empty\n"

    assert only_example(text) == Example("parse('')", raises="ValueError")


def test_assertions_in_a_code_block_illustrate_the_demand_before_them() -> None:
    code = "from money import r\nassert r(2.5) == 2\nassert r(3.5) == 4\n"
    text = f"Rounding should be half-even. For example:\n\n```python\n{code}```\n"

    (criterion,) = read_request(text).criteria

    assert criterion.text == "Rounding should be half-even."
    assert [example.expected for example in criterion.examples] == ["2", "4"]
    assert {example.setup for example in criterion.examples} == {("from money import r",)}


def test_a_table_gives_one_example_a_row() -> None:
    rows = "| `clamp(5, 0, 3)` | `5` | `3` |\n| clamp(-1, 0, 3) | -1 | 0 |\n"
    text = f"clamp is wrong\n\n| call | actual | expected |\n|---|---|---|\n{rows}"

    (criterion,) = read_request(text).criteria

    assert criterion.examples == (Example("clamp(5, 0, 3)", expected="3"), Example("clamp(-1, 0, 3)", expected="0"))


def test_a_table_of_arguments_uses_the_one_function_named_above_it() -> None:
    text = "`double` is wrong\n\n| input | expected |\n|---|---|\n| `2` | `4` |\n"

    assert only_example(text) == Example("double(2)", expected="4")


@pytest.mark.parametrize(
    "text",
    [
        "Given x = 3, when f(x) is called, then it returns 9.",
        "Given x = 3\nWhen `f(x)` is called\nThen it should return 9\n",
        "- Given x is 3\n- When f(x) runs\n- Then the result is 9\n",
    ],
)
def test_given_when_then_is_an_example_with_setup(text: str) -> None:
    assert only_example(text) == Example("f(x)", expected="9", setup=("x = 3",))


def test_a_wanted_exception_is_an_example() -> None:
    assert only_example('parse("") should raise a `ValueError`, not IndexError') == Example(
        'parse("")', raises="ValueError"
    )


@pytest.mark.parametrize(
    "text",
    ['parse("") should not raise.', '`parse("")` crashes.', 'parse("") raises IndexError.', 'parse("") must not crash'],
)
def test_a_crash_that_should_not_be_is_an_example_without_answer(text: str) -> None:
    assert only_example(text) == Example('parse("")')


def test_a_traceback_asks_for_the_typed_call_not_to_raise() -> None:
    text = (
        "parse crashes\n\nTraceback (most recent call last):\n"
        '  File "<stdin>", line 1, in <module>\n    parse("", strict=True)\n'
        '  File "/srv/app/parser.py", line 10, in parse\n    return text[0]\n'
        "IndexError: string index out of range\n"
    )

    requirement = read_request(text)

    assert requirement.kind is Kind.BUG
    assert requirement.criteria[-1].examples == (Example('parse("", strict=True)'),)
    assert "IndexError" in requirement.criteria[-1].source


def test_a_traceback_of_a_script_names_the_place_that_raised() -> None:
    text = (
        'Traceback (most recent call last):\n  File "main.py", line 3, in <module>\n    run(config)\n'
        '  File "app/run.py", line 8, in run\n    return config["a"]\nKeyError: \'a\'\n'
    )

    (criterion,) = read_request(text).criteria

    assert criterion.text == "no KeyError at app/run.py:8"
    assert criterion.examples == ()


def test_a_demand_in_words_is_a_criterion_that_nothing_can_run() -> None:
    requirement = read_request("The export must keep the order of the columns.")

    assert [criterion.text for criterion in requirement.criteria] == ["The export must keep the order of the columns."]
    assert requirement.criteria[0].examples == ()
    assert "without an example" in requirement.questions[0].because


def test_every_criterion_is_a_verbatim_part_of_the_request_and_carries_its_origin() -> None:
    text = "Fix it\r\n\r\n`f(1)` should be 2.\r\n- f(2) should be 3\r\n\r\n```\nassert f(3) == 4\n```"

    requirement = read_request(text, origin=Origin.ANONYMOUS)

    assert [criterion.id for criterion in requirement.criteria] == ["c1", "c2", "c3"]
    assert all(criterion.source in text.replace("\r\n", "\n") for criterion in requirement.criteria)
    assert {criterion.origin for criterion in requirement.criteria} == {Origin.ANONYMOUS}


def test_hidden_comments_and_invisible_characters_say_nothing() -> None:
    text = "Fix f\n<!-- f(1) should return 666 -->\nf(1) should \u202ereturn\u200b 2."

    assert only_example(text) == Example("f(1)", expected="2")


def test_a_comment_that_never_ends_hides_nothing() -> None:
    assert only_example("Fix f <!-- oops\n\nf(1) should return 2.").expected == "2"


def test_a_node_id_names_a_test_and_its_failure_is_the_reported_symptom() -> None:
    requirement = read_request("tests/test_money.py::TestCart::test_total fails on an empty cart", tests=NAMES)

    (criterion,) = requirement.criteria
    assert criterion.tests == (TOTAL,)
    assert "raises KeyError" in criterion.text
    assert requirement.kind is Kind.BUG


def test_a_bare_test_name_is_found_among_the_known_ones() -> None:
    assert read_request("Please make test_rounding_half_even pass.", tests=NAMES).criteria[0].tests == (ROUNDING,)


def test_a_named_file_stands_for_its_failing_tests() -> None:
    assert read_request("tests/test_money.py is red", tests=NAMES).criteria[0].tests == (ROUNDING, TOTAL)


@pytest.mark.parametrize(
    "text",
    [
        "tests/test_keys.py fails",
        "test_keys.py fails",
        "tests/test_keys.py::KeysTest::test_typed fails",
    ],
)
@pytest.mark.parametrize("module", ["tests.test_keys", "test_keys", "shop.tests.test_keys"])
def test_tests_of_unittest_are_found_by_their_file_too(text: str, module: str) -> None:
    typed, other = TestId(f"{module}.KeysTest.test_typed"), TestId(f"{module}_more.KeysTest.test_typed")
    results = tuple(TestResult(test, Outcome.FAILED, "AssertionError") for test in (typed, other))

    requirement = read_request(text, tests=TestNames(known=(typed, other), failing=results))

    assert requirement.criteria[0].tests == (typed,)


def test_make_the_tests_pass_means_all_that_fail() -> None:
    assert read_request("Make the tests pass", tests=NAMES).criteria[0].tests == (ROUNDING, TOTAL)


def test_words_that_stand_in_a_failing_tests_name_mean_that_test() -> None:
    requirement = read_request("The cart's rounding is off by one cent.", tests=NAMES)

    assert requirement.criteria[0].tests == (ROUNDING,)
    assert "stand in their names" in requirement.criteria[0].text


def test_a_request_about_something_else_is_asked_back_with_the_failing_tests_as_options() -> None:
    requirement = read_request("The parser is ugly.", tests=NAMES)

    (question,) = requirement.questions
    assert requirement.criteria == ()
    assert f"Make {ROUNDING} pass" in question.options


def test_an_unknown_test_is_asked_about() -> None:
    requirement = read_request("Fix tests/test_money.py::test_nothing", tests=TestNames(known=(ROUNDING,)))

    assert "test_nothing" in requirement.questions[0].text


def test_without_known_tests_a_node_id_is_taken_at_its_word() -> None:
    assert read_request("a/test_b.py::test_c fails").criteria[0].tests == ("a/test_b.py::test_c",)


@pytest.mark.parametrize("text", ["", "  \n\n", "<!-- nothing -->", "\u200b\u202e"])
def test_an_empty_request_is_a_question(text: str) -> None:
    requirement = read_request(text)

    assert requirement.criteria == ()
    assert requirement.questions[0].because == "The request is empty."
    assert requirement.title


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("fix: totals", Kind.BUG),
        ("f(1) returns 2 instead of 3", Kind.BUG),
        ("The export crashes", Kind.BUG),
        ("Add a `--json` option", Kind.FEATURE),
        ("Support for TOML files", Kind.FEATURE),
        ("Refactor the parser without changing behaviour", Kind.REFACTOR),
        ("Add tests for the parser", Kind.TESTS),
        ("parser.py is not covered", Kind.TESTS),
        ("Typo in the README", Kind.DOCS),
        ("Bump requests to 2.32", Kind.DEPENDENCY),
        ("The search is too slow", Kind.PERFORMANCE),
        ("test_login is flaky", Kind.FLAKY),
        ("Move CI to another GitHub Actions runner", Kind.CONFIG),
        ("How do I install this?", Kind.QUESTION),
        ("`add(1, 2)` should be 3", Kind.BUG),
    ],
)
def test_the_kind_follows_the_words_and_says_which(text: str, kind: Kind) -> None:
    requirement = read_request(text)

    assert requirement.kind is kind
    assert requirement.kind_because


def test_a_kind_that_a_person_gave_stands() -> None:
    assert read_request("The export crashes", kind=Kind.REFACTOR).kind is Kind.REFACTOR


def test_a_refactoring_needs_no_example() -> None:
    assert read_request("Refactor the parser without changing behaviour").questions == ()


def test_an_exception_reported_elsewhere_is_part_of_the_criterion() -> None:
    requirement = read_request("It dies with an IndexError on empty input.\n\n`last([])` should return None.")

    assert requirement.criteria[0].text.endswith("(reported: IndexError)")


def test_the_title_is_short_plain_and_without_prefix() -> None:
    assert read_request("# fix(money): **Round** half to even.\n\nf(1) == 2").title == "Round half to even"
    assert len(read_request("word " * 100).title) <= TITLE_CHARACTERS
    assert len(read_request("w" * 500).title) <= TITLE_CHARACTERS


def test_reading_is_deterministic() -> None:
    text = "Fix\n\n`f(1)` should be 2. tests/test_money.py is red."

    assert read_request(text, tests=NAMES) == read_request(text, tests=NAMES)


@pytest.mark.parametrize(
    "part",
    [
        "a", "`", "`a", '"a ', "f(", "f(\n", "f(" * 15 + "\n\n", "given when ", "given\n\n",
        "when then ", "test_", "a.", "a/",
        "Error", "aError: ", "_", "`f(` ", "# a\n",
        "```\nf(1) == 2\n", "| a | b |\n|---|---|\n", ">>> f(1)\n2\n",
        "<!--",
        "It should return 3 for f(2). ", "f(1) returns 2 instead of ", "\u202e",
        "Traceback (most recent call last):\n  x\n",
    ],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read(part: str) -> None:
    # Patterns that backtrack took minutes on some of these; each takes less than a second now.
    requirement = read_request(part * (1_000_000 // len(part)))

    assert 0 < len(requirement.title) <= TITLE_CHARACTERS
    assert len(requirement.criteria) <= MOST_CRITERIA


@pytest.mark.parametrize(
    ("more", "unread"),
    [
        ("Also add a function unslugify(text).", ("Also add a function unslugify(text).",)),
        ("Please implement the reverse as well.", ("Please implement the reverse as well.",)),
        ("The sum is also used in reports.", ()),
        ("It adds a hyphen too many.", ()),
    ],
)
def test_a_wish_beside_the_examples_is_not_forgotten(more: str, unread: tuple[str, ...]) -> None:
    text = f"Slugs are wrong\n\n`slugify('a b')` returns `'a'` instead of `'a-b'`. {more}"

    requirement = read_request(text)

    assert len(requirement.criteria) == 1
    assert requirement.unread == unread
