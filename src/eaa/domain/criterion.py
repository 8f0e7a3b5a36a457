"""One testable acceptance criterion and the examples that make it testable."""

from dataclasses import dataclass

from eaa.domain.ids import CriterionId, TestId
from eaa.domain.origin import Origin


@dataclass(frozen=True, slots=True)
class Example:
    """An expression and what it gives: at most one of `expected` and `raises`; with neither it must not raise."""

    expression: str
    """Source of one expression in the project's language, such as `slugify("A  b")`."""
    expected: str | None = None
    """Source of the value it must equal."""
    raises: str | None = None
    """Name of the exception it must raise."""
    setup: tuple[str, ...] = ()
    """Statements that run before, such as imports, in order."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something the change must make true, with the sentence of the request it comes from."""

    id: CriterionId
    text: str
    source: str
    """The sentence or lines of the request, verbatim."""
    origin: Origin = Origin.MEMBER
    examples: tuple[Example, ...] = ()
    tests: tuple[TestId, ...] = ()
    """Tests that exist already and are named by the request or were found failing."""
