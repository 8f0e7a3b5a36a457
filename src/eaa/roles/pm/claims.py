"""What one sentence says about a call: what it should give, or what it gives today."""

import re
from dataclasses import dataclass
from enum import StrEnum

from eaa.roles.pm.expressions import Span, calls_in, comparison, value_at

LONGEST_SENTENCE = 4_000

_ALTERNATIVE_CHARACTERS = 200
_ANSWER_CHARACTERS = 60

_NEXT_CALL = re.compile(r"[A-Za-z_][\w.]{0,200}\(")
_GAP = re.compile(r"(?:[\s`*,;:)\]#]|\((?!\))|[-–—](?=\s)){0,8}")
_FILLER = re.compile(
    r"(?:(?:the|a|an|exactly|simply|just|only|still|always|again|me|us|back|out|value|values"
    r"|string|list|tuple|dict|number"
    r"|result|answer|integer|float|of|be|to|as|with)\b[\s:*]{1,3}){1,6}",
    re.IGNORECASE,
)
_VERB = (
    r"(?:return|returns|returned|returning|give|gives|gave|giving|yield|yields|yielding|equal"
    r"|equals|produce|produces|producing"
    r"|evaluates? to|evaluate to|results? in|be|is|was|becomes?|outputs?|answers?)"
)
_WANT = (
    r"(?:should(?: (?:always|still|now|instead|also|then|just|really))?|must(?: (?:always|still"
    r"|also))?|ought to|has to|needs? to|to"
    r"|(?:is|was|are) (?:supposed|expected|meant) to|shall|will|would be expected to)"
)
_NOT_RAISE = re.compile(
    r"(?:should(?: not|n't|n’t)|must(?: not|n't|n’t)|to not|not to|never|does(?: not|n't) have to)\s+(?:ever\s+)?"
    r"(?:raise|throw|crash|fail|blow up|error)\w*(?:\s+with)?",
    re.IGNORECASE,
)
_WANT_RAISE = re.compile(rf"{_WANT}\s+(?:raise|throw|fail with|be rejected with)\s+", re.IGNORECASE)
_RAISES = re.compile(
    r"(?:currently |now |actually )?(?:raises|throws|raised|crashes with|fails with|dies with"
    r"|blows up with|errors with|gives)\s+",
    re.IGNORECASE,
)
_CRASHES = re.compile(
    r"(?:currently |now )?(?:crashes|blows up|errors out|hangs|loops forever|runs forever|never returns"
    r"|raises an? (?:exception|error))\b",
    re.IGNORECASE,
)
_WANT_VALUE = re.compile(
    rf"(?:==+|{_WANT}\s+(?:{_VERB}\b|==)|(?:is\s+)?expected(?: to (?:be|return|equal|give))?\b:?)", re.IGNORECASE
)
_ARROW = re.compile(r"(?:=>|-{1,2}>|→|⇒|↦|=(?!=))")
_TELLS = re.compile(rf"(?:currently |now |actually |always |wrongly |incorrectly )?{_VERB}\b", re.IGNORECASE)
_INSTEAD = re.compile(
    r"(?:instead of|rather than|and not|but not|not|in place of)\s+(?:returning |giving |raising |an? )?", re.IGNORECASE
)
_BUT_WANTED = re.compile(
    r"(?:(?:but|and|while|although|whereas|where|when|though)\s+)?"
    r"(?:(?:it|this|that|the (?:result|answer|output|value)|i|we)\s+)?"
    rf"(?:was |were |is |am |are )?(?:{_WANT}\s+{_VERB}|expect(?:ed|s|ing)?(?: to (?:be|return|get"
    rf"|see))?|want(?:ed|s)?|"
    r"(?:the )?(?:correct|right|expected) (?:answer|result|value|output)(?: is| would be| should be)?)\b:?",
    re.IGNORECASE,
)
_OPENING_WANT = re.compile(
    r"(?:expected(?: (?:result|output|value|behaviou?r|answer))?|(?:i|we)(?:['’]d| would)? expect(?:ed)?"
    r"|wanted|the correct (?:answer|result) is"
    rf"|(?:it|this|that|the (?:result|answer|output|call|function)|which|and it"
    rf"|but it) {_WANT} {_VERB})\b[\s:*]*(?:is\b|was\b|to be\b|to return\b)?",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"`?(?:an?\s+|the\s+)?`?(?<![\w.])((?:[a-z_]\w{0,80}\.){0,6}[A-Z]\w{0,80}(?:Error|Exception|Warning|Exit"
    r"|Interrupt|Iteration|Invalid|NotFound))\b`?"
)
_AFTER_RAISE = re.compile(r"(?:rais|thr[oe]w)\w*\s+$", re.IGNORECASE)
_CLASS_NAME = re.compile(
    r"`?(?:an?\s+|the\s+)?`?(?<![\w.])((?:[a-z_]\w{0,80}\.){0,6}[A-Z][a-z0-9]{1,80}[A-Z]\w{0,80})\b`?"
)
"""Behind `raises` a name such as `BadData` is an exception, too."""


class Force(StrEnum):
    """Whether a sentence says what should be, or what is."""

    WANTED = "wanted"
    STATED = "stated"
    """Said in the indicative: in a bug report often what goes wrong today."""
    OBSERVED = "observed"
    """What goes wrong today, for certain."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A call and what a sentence says of it. No value and no exception means that it does not raise."""

    expression: str
    """Empty when the sentence says *it*."""
    value: str | None
    raises: str | None
    force: Force


def read_claims(sentence: str) -> tuple[Claim, ...]:
    """Return what a sentence says about the calls in it, or, without a call, about *it*."""
    if len(sentence) > LONGEST_SENTENCE:
        return ()
    spans = _code_comparisons(sentence)
    claims = [claim for _, claim in spans]
    taken = [span for span, _ in spans]
    for call in calls_in(sentence):
        if not any(span.start <= call.start < span.end for span in taken):
            claim = _claim_of(sentence, call)
            if claim is not None and not any(known.expression == claim.expression for known in claims):
                claims.append(claim)
    if not claims:
        pronoun = _claim_of_it(sentence)
        return (pronoun,) if pronoun else ()
    return tuple(claims)


def exception_at(text: str, position: int) -> tuple[str, int] | None:
    """Return the name of the exception that stands at a position, and where it ends."""
    match = _EXCEPTION.match(text, position)
    return (match[1].rpartition(".")[2], match.end()) if match else None


def _raised_at(text: str, verb: re.Match[str]) -> tuple[str, int] | None:
    """Return the name of any class behind a verb that means to raise, and where it ends."""
    if _AFTER_RAISE.search(verb[0]) is None:
        return None
    match = _CLASS_NAME.match(text, _skip(text, verb.end()))
    return (match[1].rpartition(".")[2], match.end()) if match else None


def exceptions_named(text: str) -> tuple[str, ...]:
    """Return the names of the exceptions a text mentions, without their modules, in order."""
    return tuple(dict.fromkeys(match[1].rpartition(".")[2] for match in _EXCEPTION.finditer(text)))


def _code_comparisons(sentence: str) -> list[tuple[Span, Claim]]:
    found = []
    for match in re.finditer(r"`([^`\n]{3,1000})`", sentence):
        sides = comparison(match[1].removeprefix("assert "))
        if sides is not None:
            left, right = sides
            found.append((Span(match[1], match.start(), match.end()), Claim(left, right, None, Force.WANTED)))
    return found


def _claim_of(sentence: str, call: Span) -> Claim | None:
    position = _skip(sentence, call.end)
    for read in (_wanted, _stated):
        claim = read(sentence, position, call.source)
        if claim is not None:
            return claim
    return _expected_before(sentence, call)


def _wanted(sentence: str, position: int, expression: str) -> Claim | None:
    if (match := _NOT_RAISE.match(sentence, position)) is not None:
        return Claim(expression, None, None, Force.WANTED)
    if (match := _WANT_RAISE.match(sentence, position)) is not None:
        exception = exception_at(sentence, match.end()) or _raised_at(sentence, match)
        return Claim(expression, None, exception[0], Force.WANTED) if exception else None
    if (match := _WANT_VALUE.match(sentence, position)) is not None:
        value = _value(sentence, match.end())
        return Claim(expression, value.source, None, Force.WANTED) if value else None
    return None


def _stated(sentence: str, position: int, expression: str) -> Claim | None:
    for pattern in (_RAISES, _ARROW, _TELLS):
        if (match := pattern.match(sentence, position)) is None:
            continue
        exception = exception_at(sentence, _skip(sentence, match.end())) or _raised_at(sentence, match)
        if exception is not None:
            return _alternative(sentence, exception[1], expression) or Claim(
                expression, None, exception[0], Force.STATED
            )
        if (value := _value(sentence, match.end())) is not None:
            force = Force.WANTED if pattern is _ARROW else Force.STATED
            return _alternative(sentence, value.end, expression) or Claim(expression, value.source, None, force)
        # "returns the wrong result instead of 3": what it gives today need not be readable.
        instead = _INSTEAD.search(sentence, match.end(), match.end() + _ANSWER_CHARACTERS)
        if instead is not None:
            return _alternative(sentence, instead.start(), expression)
    if (match := _CRASHES.match(sentence, position)) is not None:
        return _alternative(sentence, match.end(), expression) or Claim(expression, None, None, Force.WANTED)
    return None


def _alternative(sentence: str, position: int, expression: str) -> Claim | None:
    """Return what is wanted when it follows what happens today: `… instead of 3`, `…, but it should be 3`."""
    after = _skip(sentence, position)
    # What stands behind the next call is said of that one.
    following = _NEXT_CALL.search(sentence, after)
    end = min(following.start() if following else len(sentence), after + _ALTERNATIVE_CHARACTERS)
    instead = _INSTEAD.match(sentence, after)
    places = [instead] if instead else []
    for match in (*places, *_BUT_WANTED.finditer(sentence, after, end)):
        if (exception := exception_at(sentence, _skip(sentence, match.end()))) is not None:
            return Claim(expression, None, exception[0], Force.WANTED)
        if (value := _value(sentence, match.end())) is not None:
            return Claim(expression, value.source, None, Force.WANTED)
    return None


def _expected_before(sentence: str, call: Span) -> Claim | None:
    """Return what `expected 3 from f(x)` says."""
    before = sentence[: call.start]
    match = re.search(r"\bexpect(?:ed|ing|s)?\b[\s:*]{1,3}", before, re.IGNORECASE)
    if match is None:
        return None
    value = _value(sentence, match.end())
    is_about_call = value is not None and re.fullmatch(
        r"[\s`]*(?:from|for|of|by|with)[\s`]*", sentence[value.end : call.start]
    )
    return Claim(call.source, value.source, None, Force.WANTED) if value is not None and is_about_call else None


def _claim_of_it(sentence: str) -> Claim | None:
    for match in _OPENING_WANT.finditer(sentence):
        position = _skip(sentence, match.end())
        if (exception := exception_at(sentence, position)) is not None:
            return Claim("", None, exception[0], Force.WANTED)
        if (value := _value(sentence, position)) is not None:
            return Claim("", value.source, None, Force.WANTED)
    return None


def _value(sentence: str, position: int) -> Span | None:
    start = _skip(sentence, position)
    direct = value_at(sentence, start)
    if direct is not None:
        return direct
    filler = _FILLER.match(sentence, start)
    return value_at(sentence, _skip(sentence, filler.end())) if filler else None


def _skip(text: str, position: int) -> int:
    """Return the position after white space and punctuation; an opening backtick of a value stays."""
    match = _GAP.match(text, position)
    end = match.end() if match else position
    gap = text[position:end]
    return position + gap.rindex("`") if "`" in gap and _opens(text, position + gap.rindex("`")) else end


def _opens(text: str, position: int) -> bool:
    """Return whether a backtick opens a code span: an even number of them stands before it in its line."""
    line_start = text.rfind("\n", 0, position) + 1
    return text.count("`", line_start, position) % 2 == 0
