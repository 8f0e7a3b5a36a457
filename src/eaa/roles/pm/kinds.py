"""What kind of task a request is, by rules that can be read and argued with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eaa.domain.kind import Kind
from eaa.roles.pm.new_names import wish_for_new_name

_CODE = re.compile(r"`[^`\n]{1,500}`|[\w.]{1,100}\([^()\n]{0,300}\)")
"""Left out before words are counted: a call of `add` asks for no feature."""
_NOTHING_SAID = "nothing in the text speaks of a fault or of another kind of task"
_TITLE_WEIGHT = 3
_NEW_NAME_WEIGHT = 8
"""Of a wish for a name that is not there yet. What a new thing shall raise speaks of no fault."""
_FACT_WEIGHT = 4
"""Of a traceback, and of a failing test that is named."""
_BODY_CHARACTERS = 20_000

_PREFIXES = {
    "fix": Kind.BUG, "bug": Kind.BUG, "bugfix": Kind.BUG, "hotfix": Kind.BUG,
    "feat": Kind.FEATURE, "feature": Kind.FEATURE, "feature request": Kind.FEATURE,
    "refactor": Kind.REFACTOR, "test": Kind.TESTS, "tests": Kind.TESTS, "docs": Kind.DOCS, "doc": Kind.DOCS,
    "perf": Kind.PERFORMANCE, "ci": Kind.CONFIG, "build": Kind.CONFIG, "deps": Kind.DEPENDENCY,
    "question": Kind.QUESTION, "flaky": Kind.FLAKY, "incident": Kind.INCIDENT, "ui": Kind.UI,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    pattern: re.Pattern[str]
    weight: int


def _rule(kind: Kind, weight: int, pattern: str) -> _Rule:
    return _Rule(kind, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), weight)


_RULES = (
    _rule(
        Kind.REFACTOR,
        3,
        r"refactor\w*|restructure|clean ?up|without changing (?:the |its |any )?behaviou?r"
        r"|behaviou?r (?:must|should) (?:stay|not change)|extract (?:a |the )?(?:function|method"
        r"|class|module)|simplify the code|deduplicate",
    ),
    _rule(Kind.REFACTOR, 1, r"rename|move \S+ (?:in)?to|split \S+ into"),
    _rule(
        Kind.TESTS,
        4,
        r"(?:add|write|more|missing|improve) (?:unit |some |the )*(?:tests?|test coverage|coverage)"
        r"|increase (?:the )?coverage|cover (?:\S+ ){1,4}(?:with|by) tests?|has no tests"
        r"|is not (?:tested|covered)|untested",
    ),
    _rule(
        Kind.FLAKY,
        4,
        r"flak(?:y|iness)|intermittent(?:ly)?|fails? (?:sometimes|randomly|occasionally)"
        r"|sometimes fails?",
    ),
    _rule(Kind.PERFORMANCE, 3, r"too slow|slow(?:er|ness)?|speed up|performance|faster|quadratic|latency|memory usage"),
    _rule(
        Kind.DEPENDENCY,
        3,
        r"(?:upgrade|bump|update|downgrade|pin) (?:the )?(?:dependenc\w+|requirements?"
        r"|\S+ (?:from \S+ )?to v?\d[\d.]*)|dependabot|renovate",
    ),
    _rule(Kind.DOCS, 3, r"typos?|documentation|readme|docstrings?|document (?:the|how|that)|changelog"),
    _rule(
        Kind.CONFIG,
        3,
        r"github actions?|ci (?:config\w*|pipeline|workflow)|pre-commit|linter|lint config\w*"
        r"|dockerfile|editorconfig",
    ),
    _rule(Kind.UI, 3, r"button|css|layout|tooltip|dark mode|dropdown|modal dialog|responsive"),
    _rule(Kind.INCIDENT, 3, r"outage|incident|production is down|alert(?:s|ed)? fir(?:ed|ing)|5xx|error rate"),
    _rule(Kind.REVIEW, 3, r"(?:please )?review (?:this|the|my) (?:pull request|pr|branch|change)|code review"),
    _rule(
        Kind.BUG,
        3,
        r"instead of|(?:is|are|was|gives?|looks?) wrong"
        r"|returns? (?:the )?wrong|wrong (?:result|answer|value|output)|crash\w*|traceback"
        r"|regression|broken|breaks?|fails?|failing|bug|incorrect(?:ly)?|doesn['’]t work"
        r"|does not work|not working|infinite loop"
        r"|loops? forever|never returns|hangs?|off by one|raises (?:an? )?\w*(?:Error"
        r"|Exception)|unexpected\w*",
    ),
    _rule(Kind.BUG, 2, r"fix|should not|shouldn['’]t|actual(?:ly)?|currently|error"),
    _rule(
        Kind.FEATURE,
        3,
        r"add(?: an?| the| support)?|support(?: for)?|implement|introduce|new (?:function|method"
        r"|class|option|flag|parameter|command|feature)|feature request|would be (?:nice|great"
        r"|useful)|allow|provide",
    ),
    _rule(Kind.QUESTION, 2, r"how (?:do|does|can|to)|why (?:do|does|is)|what (?:is|does|are)|where (?:is|are|do)"),
)


def kind_by_prefix(title: str) -> tuple[Kind, str] | None:
    """Return the kind a title names in front, such as `fix: …` or `[Bug] …`, with the reason."""
    match = re.match(r"\s*\[?([A-Za-z][A-Za-z ]{1,15})(?:\([^)\n]{0,40}\))?!?(?:\]:?|:)\s", title)
    kind = _PREFIXES.get(match[1].strip().lower()) if match else None
    return (kind, f"the title begins with {match[0].strip()!r}") if match and kind else None


def asks_for_something_new(title: str, body: str) -> bool:
    """Return whether a request says in its own words that it wants something that is not there yet."""
    kind, because = kind_by_prefix(title) or kind_by_words(
        title, body, has_traceback=False, called=(), failing_named=()
    )
    return kind is Kind.FEATURE and because != _NOTHING_SAID


def kind_by_words(
    title: str, body: str, *, has_traceback: bool, called: Sequence[str], failing_named: Sequence[str]
) -> tuple[Kind, str]:
    """Return the kind with most weight behind it, and the words that say so.

    Words of the title weigh three times as much as those of the body. The names of what the examples call are no words:
    `add subtracts` asks for nothing new. With nothing to go by, examples make it a bug, and words alone a feature.
    """
    weights: dict[Kind, int] = {}
    words: dict[Kind, list[str]] = {}
    facts = ["shows a traceback"] if has_traceback else []
    facts += [f"names the failing test {failing_named[0]}"] if failing_named else []
    for text, factor in ((title, _TITLE_WEIGHT), (body[:_BODY_CHARACTERS], 1)):
        words_only = _without_names(_CODE.sub(" ", text), called)
        for rule in _RULES:
            match = rule.pattern.search(words_only)
            if match is not None:
                weights[rule.kind] = weights.get(rule.kind, 0) + rule.weight * factor
                words.setdefault(rule.kind, []).append(" ".join(match[0].split()))
        wish = wish_for_new_name(text)
        if wish is not None:
            weights[Kind.FEATURE] = weights.get(Kind.FEATURE, 0) + _NEW_NAME_WEIGHT * min(factor, 2)
            words.setdefault(Kind.FEATURE, []).append(wish)
    if facts:
        weights[Kind.BUG] = weights.get(Kind.BUG, 0) + _FACT_WEIGHT * len(facts)
    if not weights and called:
        return Kind.BUG, "the request gives examples and speaks of nothing new"
    if not weights:
        return Kind.FEATURE, _NOTHING_SAID
    best = max(weights, key=lambda kind: (weights[kind], -list(Kind).index(kind)))
    said = ", ".join(repr(word) for word in dict.fromkeys(words.get(best, ())))
    because = [*([f"says {said}"] if said else []), *(facts if best is Kind.BUG else [])]
    return best, f"the request {' and '.join(because)}"


def _without_names(text: str, names: Sequence[str]) -> str:
    if not names:
        return text
    # "Add a …" is a verb even when the function is called `add`.
    pattern = rf"\b(?:{'|'.join(map(re.escape, names))})\b(?! (?:an?|the|support|new|more|another|tests?)\b)"
    return re.sub(pattern, " ", text)
