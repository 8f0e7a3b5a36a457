"""The pieces of a request that may become criteria: sentences, snippets and what they say together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eaa.domain.criterion import Example
from eaa.roles.pm.claims import LONGEST_SENTENCE, Claim, Force, read_claims
from eaa.roles.pm.expressions import calls_in
from eaa.roles.pm.new_names import is_incomplete, methods_named
from eaa.roles.pm.scenarios import goes_on_with_scenario, read_scenario, starts_scenario
from eaa.roles.pm.snippets import read_code, read_doctest, read_table, read_traceback
from eaa.roles.pm.text import Section, Unit, UnitKind

_DEMAND = re.compile(r"\b(?:should|must|shall|has to|have to|needs? to|ought to)\b", re.IGNORECASE)
_NO_DEMAND = re.compile(
    r"\b(?:should be (?:easy|possible to reproduce|enough)|you should see|i think it should be)\b", re.IGNORECASE
)
_TODAY = re.compile(
    r"\b(?:currently|actual(?:ly)?|i get|we get|gives me|gives us|wrong(?:ly)?|incorrect(?:ly)?"
    r"|right now|at the moment|reproduce)\b",
    re.IGNORECASE,
)
_CALLABLE = re.compile(r"`([A-Za-z_][\w.]{0,100})(?:\(\))?`")


@dataclass(frozen=True, slots=True)
class Piece:
    """A contiguous part of the request and the examples it holds."""

    source: str
    """Verbatim, possibly several sentences."""
    statement: str
    """The sentence that says what is wanted."""
    start: int
    end: int
    examples: tuple[Example, ...] = ()
    is_demand: bool = False
    """It says that something should or must be so."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call that was shown with what it gives today, waiting for what it should give."""

    expression: str
    setup: tuple[str, ...]
    start: int


def read_pieces(cleaned: str, units: Sequence[Unit], *, is_new: bool = False) -> tuple[Piece, ...]:
    """Return the pieces of a cleaned request in order. A demand is joined with the example that follows it.

    Args:
        cleaned: The request's text.
        units: Its pieces.
        is_new: The request asks for something that is not there yet, so that *returns* says what it shall return.
    """
    pieces = list(_Reader(cleaned, units, is_new=is_new).pieces())
    return tuple(_without_title(_joined(cleaned, pieces), units))


class _Reader:
    """Reads one unit after the other and remembers the last call that has no wanted answer yet."""

    def __init__(self, cleaned: str, units: Sequence[Unit], *, is_new: bool) -> None:
        self._cleaned = cleaned
        self._units = units
        self._asked: _Asked | None = None
        self._is_new = is_new
        self._methods = methods_named(cleaned)

    def pieces(self) -> Iterator[Piece]:
        index = 0
        while index < len(self._units):
            end = self._scenario_end(index)
            if end > index + 1 or starts_scenario(self._units[index].text):
                piece = self._scenario(index, end)
                if piece is not None:
                    yield piece
                    index = end
                    continue
            yield from self._read(index)
            index += 1

    def _read(self, index: int) -> Iterator[Piece]:
        unit = self._units[index]
        match unit.kind:
            case UnitKind.SENTENCE | UnitKind.HEADING:
                yield self._sentence(index, unit)
            case UnitKind.CODE:
                yield from self._code(index, unit)
            case UnitKind.DOCTEST:
                yield from self._snippet(index, unit, read_doctest(unit.text))
            case UnitKind.TABLE:
                yield _piece(unit, read_table(unit.text, self._callable_before(unit)))
            case UnitKind.TRACEBACK:
                yield self._traceback(unit)

    def _scenario_end(self, index: int) -> int:
        if self._units[index].kind is not UnitKind.SENTENCE or not starts_scenario(self._units[index].text):
            return index + 1
        end = index + 1
        while end < len(self._units) and end < index + 8 and goes_on_with_scenario(self._units[end].text):
            end += 1
        return end

    def _scenario(self, index: int, end: int) -> Piece | None:
        start, stop = self._units[index].start, self._units[end - 1].end
        source = self._cleaned[start:stop]
        if len(source) > LONGEST_SENTENCE:
            return None
        example = read_scenario(re.sub(r"\n[ \t]*[-*+] ", "\n", source))
        return Piece(source, source, start, stop, (example,)) if example else None

    def _sentence(self, index: int, unit: Unit) -> Piece:
        claims = [
            claim for claim in read_claims(unit.text) if not is_incomplete(claim.expression, unit.text, self._methods)
        ]
        wanted = [claim for claim in claims if self._is_wanted(claim, unit) and claim.expression]
        if wanted:
            self._asked = None
            return _piece(unit, tuple(_example(claim) for claim in wanted))
        about_it = next((claim for claim in claims if not claim.expression and claim.force is Force.WANTED), None)
        if about_it is not None and self._asked is not None:
            return self._answered(unit, about_it, self._asked)
        stated = next((claim for claim in claims if claim.expression), None)
        if stated is not None:
            self._asked = _Asked(stated.expression, (), unit.start)
            return self._symptom(index, unit, stated)
        call = next(calls_in(unit.text), None) if len(unit.text) < 2_000 else None
        if call is not None:
            self._asked = _Asked(call.source, (), unit.start)
        return _piece(unit, ())

    def _is_wanted(self, claim: Claim, unit: Unit) -> bool:
        if unit.section is Section.OBSERVED:
            # Even an arrow under "Actual behaviour" says what happens; only should and must still demand.
            return claim.force is Force.WANTED and _DEMAND.search(unit.text) is not None
        return claim.force is Force.WANTED or self._is_new or unit.section is Section.WANTED

    def _answered(self, unit: Unit, claim: Claim, asked: _Asked) -> Piece:
        self._asked = None
        example = Example(asked.expression, expected=claim.value, raises=claim.raises, setup=asked.setup)
        source = self._cleaned[asked.start : unit.end]
        return Piece(source, unit.text, asked.start, unit.end, (example,))

    def _symptom(self, index: int, unit: Unit, claim: Claim) -> Piece:
        # "f(x) raises IndexError." alone reports a crash; what it should give may follow, not to raise is certain.
        if claim.raises is not None and not self._answer_follows(index):
            return _piece(unit, (Example(claim.expression),))
        return _piece(unit, ())

    def _answer_follows(self, index: int) -> bool:
        for following in self._units[index + 1 : index + 3]:
            if any(not claim.expression for claim in read_claims(following.text)):
                return True
        return False

    def _code(self, index: int, unit: Unit) -> Iterator[Piece]:
        examples = read_code(unit.text)
        if examples:
            yield from self._snippet(index, unit, examples)
            return
        calls = [call for line in unit.text.splitlines()[:50] for call in calls_in(line)]
        if calls:
            self._asked = _Asked(calls[-1].source, (), unit.start)
        yield _piece(unit, ())

    def _snippet(self, index: int, unit: Unit, examples: tuple[Example, ...]) -> Iterator[Piece]:
        if examples and self._shows_today(index, unit):
            last = examples[-1]
            self._asked = _Asked(last.expression, last.setup, unit.start)
            yield _piece(unit, ())
        else:
            yield _piece(unit, examples)

    def _shows_today(self, index: int, unit: Unit) -> bool:
        """Return whether a snippet shows what happens today instead of what should."""
        if unit.section is not Section.OTHER:
            return unit.section is Section.OBSERVED
        before = self._units[index - 1].text if index else ""
        if _DEMAND.search(before) or re.search(r"\bexpect", before, re.IGNORECASE):
            return False
        answer_follows = index + 1 < len(self._units) and any(
            not claim.expression for claim in read_claims(self._units[index + 1].text)
        )
        return answer_follows or _TODAY.search(before) is not None

    def _traceback(self, unit: Unit) -> Piece:
        traceback = read_traceback(unit.text)
        if traceback is None:
            return _piece(unit, ())
        if traceback.expression:
            return _piece(unit, (Example(traceback.expression),))
        statement = f"no {traceback.exception} at {traceback.path}:{traceback.line}"
        return Piece(unit.text, statement, unit.start, unit.end, (), is_demand=True)

    def _callable_before(self, unit: Unit) -> str:
        names = dict.fromkeys(_CALLABLE.findall(self._cleaned[max(unit.start - 2_000, 0) : unit.start]))
        return next(iter(names)) if len(names) == 1 else ""


def _example(claim: Claim) -> Example:
    return Example(claim.expression, expected=claim.value, raises=claim.raises)


def _piece(unit: Unit, examples: tuple[Example, ...]) -> Piece:
    is_demand = (
        unit.kind is UnitKind.SENTENCE
        and _DEMAND.search(unit.text[:2_000]) is not None
        and not _NO_DEMAND.search(unit.text[:2_000])
        and not unit.text.rstrip().endswith("?")
    )
    source = unit.text.strip()
    return Piece(source, source, unit.start, unit.end, examples, is_demand=is_demand and len(unit.text) < 2_000)


def _joined(cleaned: str, pieces: Sequence[Piece]) -> list[Piece]:
    """Join each demand without an example with the examples right behind it: they illustrate it."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and piece.examples and not piece.is_demand and _is_lead_in(last) and len(joined) > 1:
            # "It should round. For example:" — the demand stands before the words that lead to the example.
            last = joined[-2] if joined[-2].is_demand and not joined[-2].examples else last
        is_illustrated = last is not None and last.is_demand and not last.examples and bool(piece.examples)
        if last is not None and is_illustrated and _is_next(cleaned, last, piece):
            source = cleaned[last.start : piece.end].strip()
            del joined[joined.index(last) :]
            joined.append(Piece(source, last.statement, last.start, piece.end, piece.examples, is_demand=True))
        else:
            joined.append(piece)
    return joined


def _is_lead_in(piece: Piece) -> bool:
    return not piece.examples and not piece.is_demand and len(piece.source) <= 40 and piece.source.endswith(":")


def _is_next(cleaned: str, one: Piece, other: Piece) -> bool:
    between = cleaned[one.end : max(other.start, one.end)]
    return (
        len(between) < 80
        and re.fullmatch(r"\s*(?:[A-Za-z,. ]{0,40}:)?[\s`~:*\-.]*(?:\w{1,12}\s*)?", between) is not None
    )


def _without_title(pieces: Sequence[Piece], units: Sequence[Unit]) -> list[Piece]:
    """Leave a title that demands out when examples follow: it is their summary, not one more criterion."""
    has_examples = any(piece.examples for piece in pieces)
    return [
        piece
        for piece in pieces
        if not (has_examples and piece.is_demand and not piece.examples and piece.start == units[0].start)
    ]
