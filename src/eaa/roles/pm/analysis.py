"""Kind and criteria out of a request: text and test names in, a requirement out; no model, no repository."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eaa.domain.artefact import Requirement
from eaa.domain.criterion import Criterion, Example
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.question import Question
from eaa.domain.task import Task
from eaa.domain.test_report import Outcome, TestResult
from eaa.kit.bounded import bound_text
from eaa.roles.pm.claims import exceptions_named
from eaa.roles.pm.kinds import asks_for_something_new, kind_by_prefix, kind_by_words
from eaa.roles.pm.named_tests import failing_in_named_files, failing_meant, tests_named
from eaa.roles.pm.pieces import Piece, read_pieces
from eaa.roles.pm.text import Unit, UnitKind, clean_text, is_title, split_units

TITLE_CHARACTERS = 72
MOST_CRITERIA = 40
READ_CHARACTERS = 100_000
"""So much of a request is read for criteria; nobody states what is wanted after fifty pages of log."""
_TEXT_CHARACTERS = 200
_MOST_UNREAD = 5
_WISH = re.compile(
    r"(?:please\s+|and\s+|then\s+|also,?\s+|additionally,?\s+|in addition,?\s+|furthermore,?\s+|besides,?\s+)*"
    r"(?:add|implement|create|introduce|support|rename|remove|extend|write)\s+\w|(?:also|additionally|in addition)\b",
    re.IGNORECASE,
)
"""How a sentence begins that asks for more."""
_OPTIONS = (
    "Name a test that fails today, such as `tests/test_money.py::test_rounding`",
    "Give an example: `call(arguments)` → `expected value`",
    "Paste the traceback of the failure",
)
# These kinds are judged by what must stay the same, or by coverage: they need no example.
_WITHOUT_EXAMPLES = frozenset({Kind.REFACTOR, Kind.TESTS})


@dataclass(frozen=True, slots=True)
class TestNames:
    """What is known of the project's tests when the request is read; empty when they have not been run."""

    __test__ = False

    known: tuple[TestId, ...] = ()
    failing: tuple[TestResult, ...] = ()


def read_request(
    text: str, *, origin: Origin = Origin.MEMBER, kind: Kind | None = None, tests: TestNames | None = None
) -> Requirement:
    """Return what a request asks for: its kind, its criteria with the sentence each comes from, or questions.

    Args:
        text: The request, at most 1 MB; its first READ_CHARACTERS are read, in linear time.
        origin: Who it comes from; carried by each criterion.
        kind: Given by a person; None lets the text decide.
        tests: The project's tests, for names and for failures the request may mean.
    """
    names = tests or TestNames()
    cleaned = clean_text(text)[:READ_CHARACTERS]
    units = split_units(cleaned)
    if not units:
        return _empty(kind)
    title, body = units[0].text[:500], cleaned[min(units[0].end, units[0].start + 500) :]
    is_new = kind is Kind.FEATURE or (kind is None and asks_for_something_new(title.lstrip("# "), body))
    pieces = read_pieces(cleaned, units, is_new=is_new)
    criteria, unknown = _criteria(pieces, origin, names)
    if not any(criterion.tests or criterion.examples for criterion in criteria):
        criteria = (*_meant(cleaned, units, origin, names), *criteria)
    failing = {result.test for result in names.failing}
    named_failing = [test for criterion in criteria for test in criterion.tests if test in failing]
    decided, because = (
        (kind, "a person said so") if kind else _kind(title, body, units, named_failing, called=_called(criteria))
    )
    numbered = tuple(
        replace(criterion, id=CriterionId(f"c{number}")) for number, criterion in enumerate(criteria[:MOST_CRITERIA], 1)
    )
    return Requirement(
        kind=decided,
        kind_because=because,
        title=title_of(units),
        criteria=numbered,
        unread=_unread(units, numbered),
        questions=_questions(decided, numbered, unknown, names),
    )


def _unread(units: Sequence[Unit], criteria: Sequence[Criterion]) -> tuple[str, ...]:
    """Return sentences that wish for something which no criterion holds; none when there is no criterion at all."""
    if not criteria:
        return ()
    read = "\n".join(criterion.source for criterion in criteria)
    wishes = (
        unit.text.strip() for unit in units[1:] if unit.kind is UnitKind.SENTENCE and _WISH.match(unit.text.strip())
    )
    left = (wish for wish in dict.fromkeys(wishes) if wish not in read)
    return tuple(" ".join(bound_text(wish, limit_characters=_TEXT_CHARACTERS).split()) for wish in left)[:_MOST_UNREAD]


def whole_request(task: Task) -> tuple[Criterion, ...]:
    """Return the request's first sentence as its one criterion: what somebody who wants tests asks for, says it all."""
    units = split_units(clean_text(task.text)[:READ_CHARACTERS])
    if not units:
        return ()
    first = units[0].text
    text = " ".join(bound_text(first, limit_characters=_TEXT_CHARACTERS).split())
    return (Criterion(id=CriterionId("c1"), text=text, source=first, origin=task.origin),)


def title_of(units: Sequence[Unit]) -> str:
    """Return the first words of a request, at most TITLE_CHARACTERS, without marks and prefixes."""
    first = next((unit for unit in units if is_title(unit)), units[0])
    line = next(line for line in first.text.splitlines() if line.strip())
    plain = re.sub(r"^[#>*\s]+|[*`]{2,}", "", line)
    plain = re.sub(
        r"^\[?(?:fix|bug|bugfix|feat|feature|refactor|tests?|docs?|chore)(?:\([^)]{0,40}\))?!?(?:\]:?|:)\s*", "", plain,
        flags=re.IGNORECASE,
    )  # fmt: skip
    plain = " ".join(plain.split()).rstrip(".:").strip() or "change"
    if len(plain) <= TITLE_CHARACTERS:
        return plain
    return plain[: TITLE_CHARACTERS - 1].rpartition(" ")[0].rstrip(",;:") + "…" if " " in plain[:71] else plain[:72]


def _kind(
    title: str, body: str, units: Sequence[Unit], named_failing: Sequence[TestId], *, called: Sequence[str]
) -> tuple[Kind, str]:
    has_traceback = any(unit.kind is UnitKind.TRACEBACK for unit in units)
    return kind_by_prefix(title.lstrip("# ")) or kind_by_words(
        title, body, has_traceback=has_traceback, called=called, failing_named=named_failing
    )


def _called(criteria: Sequence[Criterion]) -> tuple[str, ...]:
    """Return the last names of what the examples call."""
    expressions = (example.expression for criterion in criteria for example in criterion.examples)
    names = (name for expression in expressions for name in re.findall(r"(\w{1,100})\(", expression))
    return tuple(dict.fromkeys(names))


def _criteria(
    pieces: Sequence[Piece], origin: Origin, names: TestNames
) -> tuple[tuple[Criterion, ...], tuple[str, ...]]:
    criteria: list[Criterion] = []
    wanted = {example.raises for piece in pieces for example in piece.examples}
    named = exceptions_named("\n".join(piece.source for piece in pieces))
    symptoms = tuple(name for name in named if name not in wanted)
    unknown: dict[str, None] = {}
    seen: set[tuple[TestId | Example, ...]] = set()
    for piece in pieces:
        tests, strange = tests_named(piece.source, names.known, names.failing)
        tests = tuple(dict.fromkeys((*tests, *failing_in_named_files(piece.source, names.failing))))
        unknown.update(dict.fromkeys(strange))
        key: tuple[TestId | Example, ...] = (*tests, *piece.examples)
        if (key and key in seen) or not (key or piece.is_demand):
            continue
        seen.add(key)
        criteria.append(_criterion(piece, tests, origin=origin, names=names, symptoms=symptoms))
    return tuple(criteria), tuple(unknown)


def _criterion(
    piece: Piece, tests: tuple[TestId, ...], *, origin: Origin, names: TestNames, symptoms: Sequence[str]
) -> Criterion:
    if tests and not piece.examples:
        text = _passes(tests, names.failing)
    elif piece.examples and not piece.is_demand:
        text = "; ".join(describe(example) for example in piece.examples)
    else:
        text = " ".join(piece.statement.split())
    return Criterion(
        id=CriterionId(""),
        text=bound_text(text, limit_characters=_TEXT_CHARACTERS) + _reported(piece, symptoms),
        source=piece.source,
        origin=origin,
        examples=piece.examples,
        tests=tests,
    )


def describe(example: Example) -> str:
    """Return an example as a sentence."""
    if example.raises is not None:
        return f"{example.expression} raises {example.raises}"
    if example.expected is not None:
        return f"{example.expression} gives {example.expected}"
    return f"{example.expression} does not raise"


def _passes(tests: Sequence[TestId], failing: Sequence[TestResult]) -> str:
    """Return that tests pass, and how they fail today: a request about a failing test reports that test's failure."""
    more = f" and {len(tests) - 3} more" if len(tests) > 3 else ""
    text = bound_text(f"{', '.join(tests[:3])}{more}", limit_characters=_TEXT_CHARACTERS)
    today = dict.fromkeys(_today(result) for result in failing if result.test in tests)
    return f"{text} {'passes' if len(tests) == 1 else 'pass'}" + (f" (today: {', '.join(today)})" if today else "")


def _today(result: TestResult) -> str:
    match result.outcome:
        case Outcome.RAISED:
            return f"raises {result.exception}"
        case Outcome.TIMED_OUT:
            return "hangs"
        case _:
            return str(result.outcome)


def _reported(piece: Piece, symptoms: Sequence[str]) -> str:
    """Return the exceptions the request reports outside of the criterion's own words; their red is the right one."""
    elsewhere = [symptom for symptom in symptoms if symptom not in piece.source]
    return f" (reported: {', '.join(elsewhere[:3])})" if piece.examples and elsewhere else ""


def _meant(cleaned: str, units: Sequence[Unit], origin: Origin, names: TestNames) -> tuple[Criterion, ...]:
    tests, because = failing_meant(cleaned, names.failing)
    if not tests:
        return ()
    return (
        Criterion(
            id=CriterionId(""),
            text=f"{_passes(tests, names.failing)}; {because}",
            source=units[0].text,
            origin=origin,
            tests=tests,
        ),
    )


def _empty(kind: Kind | None) -> Requirement:
    question = Question("What should change?", _OPTIONS, "The request is empty.")
    return Requirement(kind or Kind.QUESTION, "the request is empty", "empty request", (), (question,))


def _questions(
    kind: Kind, criteria: Sequence[Criterion], unknown: Sequence[str], names: TestNames
) -> tuple[Question, ...]:
    questions = []
    is_testable = any(criterion.examples or criterion.tests for criterion in criteria)
    if unknown and names.known and not is_testable:
        options = tuple(str(result.test) for result in names.failing[:5])
        questions.append(
            Question(f"Which test is {unknown[0]}?", options, "The request names it, and the project has no such test.")
        )
    if not is_testable and kind not in _WITHOUT_EXAMPLES:
        failing = tuple(f"Make {result.test} pass" for result in names.failing[:5])
        because = "Nothing in the request can be checked: no test, no example, no failure."
        if criteria:
            because = "What the request demands in words cannot be checked by running it without an example."
        questions.append(Question("How will we know that it is done?", (*failing, *_OPTIONS), because))
    return tuple(questions)
