"""Tests that a request names, or means."""

import re
from collections.abc import Iterable, Sequence

from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome, TestResult

MOST_TESTS = 50

_NODE = re.compile(r"(?<![\w/.-])[\w./-]{1,200}\.py(?:::[\w.-]{1,200}){1,4}(?:\[[^\]\n]{0,200}\])?")
_DOTTED = re.compile(r"(?<![\w.])(?:[A-Za-z_]\w{0,80}\.){1,8}test_?\w{0,120}(?![\w(.])")
_BARE = re.compile(r"(?<![\w./:])test_\w{1,150}(?!\w*\.py)(?![\w/])")
_FILE = re.compile(
    r"(?<![\w/.-])(?:[\w.-]{1,80}/){0,8}test\w{0,100}\.py(?![\w:])"
    r"|(?<![\w/.-])(?:[\w.-]{1,80}/){0,8}\w{1,100}_test\.py(?![\w:])"
)
_ALL = re.compile(
    r"\b(?:make|get|fix|repair|turn)\b[^.\n]{0,40}\b(?:tests?|suite|ci|build)\b|\b(?:tests?|suite"
    r"|ci|build) (?:is|are) (?:red|failing|broken)"
    r"|\b(?:failing|broken|red) tests?\b|\btests? fails?\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{3,40}")
_TOO_COMMON = frozenset(
    {
        "test", "tests", "should", "must", "when", "then", "with", "that", "this", "from", "have", "does", "return",
        "returns", "returned", "value", "values", "error", "errors", "wrong", "fails", "fail", "failing", "works",
        "work", "function", "method", "class", "code", "call", "calls", "make", "please", "expected", "instead",
        "result", "the", "and", "for", "not", "are", "was", "has", "its", "fix", "bug", "add", "case", "cases", "none",
        "true", "false", "empty",
    }
)  # fmt: skip
_JUDGED = frozenset({Outcome.FAILED, Outcome.RAISED, Outcome.TIMED_OUT})


def tests_named(
    text: str, known: Sequence[TestId], failing: Sequence[TestResult]
) -> tuple[tuple[TestId, ...], tuple[str, ...]]:
    """Return the tests a piece of text names, and the names that stand for no known test.

    A bare name stands for every known test of that name; a name without parameters for all its parameters. Where these
    are too many, those that fail come first. When nothing is known, full node ids are taken at their word.
    """
    red = frozenset(result.test for result in failing)
    found: dict[TestId, None] = {}
    unknown: list[str] = []
    for name in _names(text):
        matching = sorted((test for test in known if _is_meant(name, test)), key=lambda test: test not in red)
        if matching:
            found.update(dict.fromkeys(matching[:MOST_TESTS]))
        elif not known and "::" in name:
            found[TestId(name)] = None
        else:
            unknown.append(name)
    return tuple(found), tuple(unknown)


def failing_in_named_files(text: str, failing: Sequence[TestResult]) -> tuple[TestId, ...]:
    """Return the failing tests of the test files a piece of text names."""
    files = {match[0] for match in _FILE.finditer(text)}
    return tuple(result.test for result in failing if any(_is_in(file, result.test) for file in files))


def failing_meant(text: str, failing: Sequence[TestResult]) -> tuple[tuple[TestId, ...], str]:
    """Return the failing tests a request without example or test name is about, and why; none when it says too little.

    It says enough when it asks for failing tests to pass, or when its words stand in a failing test's name.
    """
    judged = [result for result in failing if result.outcome in _JUDGED]
    words = _stems(_WORD.findall(text.lower()))
    overlapping = [result.test for result in judged if words & _stems(_WORD.findall(_own_name(result.test)))]
    if overlapping:
        return tuple(overlapping[:MOST_TESTS]), "the request's words stand in their names"
    if judged and _ALL.search(text) is not None:
        return tuple(result.test for result in judged[:MOST_TESTS]), "the request asks for failing tests to pass"
    return (), ""


def _names(text: str) -> tuple[str, ...]:
    names = dict.fromkeys(match[0] for match in _NODE.finditer(text))
    rest = _NODE.sub(" ", text)
    names.update(dict.fromkeys(match[0] for match in _DOTTED.finditer(rest)))
    names.update(dict.fromkeys(match[0] for match in _BARE.finditer(_DOTTED.sub(" ", rest))))
    return tuple(names)[:MOST_TESTS]


def _is_meant(name: str, test: TestId) -> bool:
    plain = test.partition("[")[0]
    if name in {test, plain}:
        return True
    if "::" in name and "::" not in plain:
        file, _, inner = name.partition("::")
        return _is_in(file, test) and plain.endswith("." + inner.replace("::", "."))
    return plain.endswith((f"::{name}", f".{name}", f"/{name}"))


def _is_in(file: str, test: TestId) -> bool:
    """Return whether a test is of a file; of unittest, the id names the module, from wherever the suite starts."""
    path, colons, _ = test.partition("::")
    if colons:
        return path == file or path.endswith(f"/{file}")
    folders = file.removesuffix(".py").split("/")
    return f".{'.'.join(folders)}." in f".{test}" or test.startswith(f"{folders[-1]}.")


def _own_name(test: TestId) -> str:
    return re.split(r"::|\.", test.partition("[")[0])[-1].lower()


def _stems(words: Iterable[str]) -> frozenset[str]:
    # Six letters are enough to bring `sorting` and `sorted` near, and few enough to keep `sort` and `source` apart.
    return frozenset(
        stem for word in words for part in word.split("_") if part not in _TOO_COMMON and len(stem := part[:6]) >= 3
    )
