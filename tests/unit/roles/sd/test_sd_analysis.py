"""Which complaints are new."""

from eaa.domain.artefact import QualityFinding
from eaa.roles.sd.analysis import new_findings


def finding(text: str, line: int = 1) -> QualityFinding:
    """Make a finding."""
    return QualityFinding("ruff check", "a.py", line, text)


def test_a_complaint_that_only_moved_is_not_new() -> None:
    assert new_findings([finding("F401", 3)], [finding("F401", 9)]) == ()


def test_one_more_of_the_same_is_new() -> None:
    assert new_findings([finding("F401")], [finding("F401", 1), finding("F401", 2)]) == (finding("F401", 2),)
