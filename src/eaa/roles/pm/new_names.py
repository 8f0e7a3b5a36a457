"""Names that a request wants and that are not there yet: `Stack` should have a method `peek()`."""

import re

_SORT = (
    r"(?:(?:static|class|instance|new|public|helper|read-only)\s+)*"
    r"(?:method|function|property|attribute|class|constant|operator|module)s?\b"
)
_CALL = r"[A-Za-z_][\w.]{0,100}\([^()\n]{0,200}\)"
_NAME = r"[A-Za-z_]\w{0,100}"
_ARTICLE = r"(?:an?|the|another|its own|some)\s+(?:new\s+)?"
_THING = rf"(?:(?:{_ARTICLE})?(?:{_SORT}|`?{_CALL}`?)|{_ARTICLE}`?{_NAME}(?:\(\))?`?\s+{_SORT})"
_HAVE = r"(?:have|get|gain|grow|offer|provide|expose|support|define|contain|come with|include)"
_WISHES = (
    rf"(?:should|must|shall|ought to|needs? to|has to|have to)\s+(?:also\s+)?{_HAVE}\s+{_THING}",
    rf"there\s+(?:should|must)\s+be\s+{_THING}",
    rf"(?:{_THING}|(?:{_ARTICLE})?`?{_NAME}(?:\(\))?`?\s+{_SORT})\s+should\s+exist\b",
    rf"(?:needs?|lacks?|misses|want|wants|would like(?: to have)?|could use)\s+(?:to have\s+)?{_THING}",
    rf"(?:is missing|has no|have no|without|there is no|there's no)\s+{_THING}",
    rf"(?:give|teach)\s+\S{{1,100}}\s+{_THING}",
    rf"(?:expose|add|implement|create|introduce)\s+{_THING}",
    rf"want\s+\S{{1,100}}\s+to\s+{_HAVE}\s+{_THING}",
)
_WISH = re.compile("|".join(f"(?:{wish})" for wish in _WISHES), re.IGNORECASE)
_METHOD_OF = re.compile(
    rf"\bmethods?\s+`?({_NAME})\(|`?({_NAME})\([^()\n]{{0,200}}\)`?\s+method\b"
    rf"|\b{_HAVE}\s+(?:{_ARTICLE})?`?({_NAME})\(",
    re.IGNORECASE,
)
_BARE = re.compile(rf"({_NAME})\(")
_CONDITION = re.compile(r"\b(?:when|if|after|once|unless|while|before|until)\b", re.IGNORECASE)
_LONGEST = 20_000


def wish_for_new_name(text: str) -> str | None:
    """Return the words with which a text wishes for a function, method or the like that is not there yet."""
    found = _WISH.search(text[:_LONGEST])
    return " ".join(found[0].split()) if found is not None else None


def methods_named(text: str) -> frozenset[str]:
    """Return the names that a text calls methods of something."""
    return frozenset(name for match in _METHOD_OF.finditer(text[:_LONGEST]) for name in match.groups() if name)


def is_incomplete(expression: str, sentence: str, methods: frozenset[str]) -> bool:
    """Return whether a call cannot be tried as it stands: of a method without its object, or only in some state.

    Args:
        expression: The call, such as `peek()`.
        sentence: What says something about it.
        methods: Names that the request calls methods.
    """
    bare = _BARE.match(expression)
    if bare is None:
        return False
    if bare[1] in methods:
        return True
    has_arguments = not expression.removeprefix(bare[0]).lstrip().startswith(")")
    return not has_arguments and _CONDITION.search(sentence) is not None
