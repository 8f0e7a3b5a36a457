"""Each stage is told in one line, and its record gives the artefact back."""

import pytest

from eaa.domain.artefact import (
    Artefact,
    BugReport,
    Change,
    CodeMap,
    Patch,
    PullRequestText,
    Reproduction,
    Requirement,
    RolloutNote,
    Skipped,
    WrittenTests,
)
from eaa.domain.fix import Fix, FixResult
from eaa.domain.ids import CommitId, TestId
from eaa.domain.kind import Kind
from eaa.domain.question import Question
from eaa.engine.codec import decode, encode
from eaa.engine.workflows.stages import Staged, sentence_of
from tests.support.role_world import make_fix

COMMIT = CommitId("a" * 40)
TEST = TestId("tests/test_calc.py::test_add")


def code_map(*paths: str) -> CodeMap:
    """Make a map of files."""
    return CodeMap(
        symbols=(),
        ranked_paths=tuple((path, "named") for path in paths),
        importers=(),
        callers=(),
        history=(),
        owners=(),
        public_interface_touched=(),
        components=(),
    )


def patch(*fixes: Fix) -> Patch:
    """Make a patch that chose the first fix."""
    found = FixResult(fixes=fixes, suspects=(), distinguishing_input=None, candidates_tried=9, seconds=1.0)
    return Patch(
        commit=COMMIT if fixes else None, fix=found, chosen=0 if fixes else None, quality=(), note="" if fixes else "no"
    )


@pytest.mark.parametrize(
    ("artefact", "sentence"),
    [
        (Requirement(Kind.BUG, "a traceback", "T", ()), "bug (a traceback); 0 criteria"),
        (Requirement(Kind.BUG, "said", "T", (), (Question("?"),)), "bug; 1 question for a person"),
        (code_map(), "the request points to no file of the project"),
        (code_map("a.py"), "1 file ranked, first a.py"),
        (
            WrittenTests(COMMIT, ("t.py",), (), (TEST,), (), ()),
            "1 file written; 1 red for the right reason, 0 green",
        ),
        (
            WrittenTests(COMMIT, (), (), (), (), ((TEST, "ImportError"),)),
            "0 red for the right reason, 0 green, 1 red for another reason",
        ),
        (Reproduction(True, (TEST,), "assert 1 == 2", (), ()), "reproduced: assert 1 == 2"),
        (Reproduction(False, (), "", (), ()), "not reproduced"),
        (patch(), "no"),
        (patch(make_fix("calc.py", "")), "operator in calc.py, confidence high"),
        (
            patch(make_fix("calc.py", ""), make_fix("calc.py", "x")),
            "operator in calc.py, confidence high; also passing: 1 other, which behave alike",
        ),
        (BugReport("still red\nmore", 2), "round 2: still red"),
        (Change(COMMIT, (COMMIT, COMMIT), "eaa/x", "fix: x"), "2 commits: fix: x"),
        (PullRequestText("fix: x", "body"), "fix: x"),
        (RolloutNote((), "Rebuild the image.\n"), "Rebuild the image."),
        (RolloutNote((), ""), "nothing to do"),
        (Skipped("no CI"), "skipped: no CI"),
    ],
)
def test_an_artefact_is_told_in_one_line(artefact: Artefact, sentence: str) -> None:
    assert sentence_of(artefact) == sentence


@pytest.mark.parametrize(
    "artefact", [code_map("a.py"), code_map("caf\udce9.py"), patch(make_fix("caf\udce9.py", "\xe9"))]
)
def test_the_record_of_a_stage_gives_the_artefact_back(artefact: CodeMap | Patch) -> None:
    staged = Staged(artefact=decode(encode(artefact), object), sentence=sentence_of(artefact))

    again = decode(encode(staged), Staged)

    assert again == staged
    assert decode(encode(again.artefact), type(artefact)) == artefact
