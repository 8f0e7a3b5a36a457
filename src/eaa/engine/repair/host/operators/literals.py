"""What is wrong within a literal: elements, characters, numbers that people mix up, the pattern of a format."""

from __future__ import annotations

import ast
import itertools
import re
import string
from typing import Any, Iterator, Sequence, Tuple, Union

from ..facts import callee
from ..site import Ideas, Site
from ..tree import clone, constant

_OPPOSITES = {
    "true": "false", "yes": "no", "on": "off", "y": "n", "t": "f", "min": "max", "left": "right", "asc": "desc",
    "read": "write", "get": "set", "first": "last", "start": "end", "open": "close",
}  # fmt: skip
_BOTH_WAYS = {**_OPPOSITES, **{value: word for word, value in _OPPOSITES.items()}}
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation + string.whitespace)
_TAKES_CHARACTERS = frozenset({"set", "frozenset", "strip", "lstrip", "rstrip"})
_MIXED_UP = (
    (60, 3_600, 24, 86_400, 1_440, 7), (1_000, 1_024, 100), (1_000_000, 1_048_576), (90, 180, 360), (2, 8, 10, 16),
    (12, 24), (28, 29, 30, 31), (365, 366), (127, 128, 255, 256), (65, 97, 48),
)  # fmt: skip
"""Numbers of times, sizes, angles, bases, calendars, bytes and characters."""
_COUNT = re.compile(r"\d+")
_DIRECTIVE = re.compile(r"%[A-Za-z]")
_MOST_DIRECTIVES = 7
_MOST_ELEMENTS = 40
_MOST_CHARACTERS = 80
_WIDEST_GAP = 20
_LEAST_RUN = 4
"""Characters in order from which a string is taken for a part of an alphabet."""


def missing_elements(site: Site) -> Ideas:
    """An element that a display of constants lacks: the gap in a row, its next, an opposite, another of the file."""
    node = site.node
    if not site.is_value or not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return
    values = [element.value for element in node.elts if isinstance(element, ast.Constant)]
    if not 0 < len(values) == len(node.elts) <= _MOST_ELEMENTS or len({type(value) for value in values}) > 1:
        return
    for prior, new in _lacking(values, site):
        yield site.replace("element added", prior, _with_element(node, values, new))


def _lacking(values: Sequence[object], site: Site) -> Iterator[Tuple[float, Union[int, str]]]:
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    words = [value for value in values if isinstance(value, str)]
    if numbers:
        yield from _lacking_numbers(sorted(set(numbers)))
    for word in words:
        for partner in _partners(word):
            if partner not in words:
                yield 0.45, partner
    if words and all(len(word) == 1 for word in words):
        for character in _kin("".join(words)):
            yield 0.25, character
    for known in site.facts.library.constants:
        if type(known) is type(values[0]) and isinstance(known, (str, int)) and known not in values:
            yield 0.2, known


def _lacking_numbers(row: Sequence[int]) -> Iterator[Tuple[float, int]]:
    """Yield what a row of numbers, sorted, would hold were it whole."""
    steps = [after - before for before, after in zip(row, row[1:])]
    step = min(steps, default=1)
    if row[-1] - row[0] <= _WIDEST_GAP:
        yield from ((0.5, value) for value in range(row[0], row[-1]) if value not in row)
    yield 0.5, row[-1] + step
    yield 0.45, row[0] - step


def _partners(word: str) -> Iterator[str]:
    opposite = _BOTH_WAYS.get(word.lower())
    if opposite is not None:
        yield opposite.capitalize() if word.istitle() else opposite.upper() if word.isupper() else opposite
    yield from (other for other in (word.lower(), word.upper(), word.capitalize()) if other != word)


def _with_element(node: Union[ast.List, ast.Tuple, ast.Set], values: Sequence[Any], new: Union[int, str]) -> ast.expr:
    """Return the display with one more element: in its place when there is an order, else at the end."""
    is_ordered = len(values) > 1 and list(values) == sorted(values)
    position = sum(value < new for value in values) if is_ordered else len(values)
    more = clone(node)
    more.elts.insert(position, constant(new))
    return more


def characters(site: Site) -> Ideas:
    """Characters more or fewer in a string that stands for a set of them, or that leaves one out of an alphabet."""
    node = site.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or site.field == "slice":
        return
    text = node.value
    if not 0 < len(text) <= _MOST_CHARACTERS:
        return
    for whole in _alphabets(text):
        yield site.replace("characters added", 0.45, constant(whole))
    if not _is_set(site):
        return
    for character in text:
        partner = character.swapcase()
        if partner not in text:
            pair = partner + character if partner.islower() else character + partner
            yield site.replace("characters added", 0.5, constant(text.replace(character, pair, 1)))
    for index in range(len(text)) if len(text) > 1 else ():
        yield site.replace("characters dropped", 0.3, constant(text[:index] + text[index + 1 :]))
    for character in _kin(text):
        yield site.replace("characters added", 0.25, constant(text + character))


def _is_set(site: Site) -> bool:
    """Return whether only the characters of a string count: it is searched for one, or given to what takes a set."""
    parent = site.parent
    if isinstance(parent, ast.Compare):
        return site.node is not parent.left and isinstance(parent.ops[-1], (ast.In, ast.NotIn))
    return isinstance(parent, ast.Call) and site.field == "args" and callee(parent) in _TAKES_CHARACTERS


def _alphabets(text: str) -> Iterator[str]:
    """Yield a string with the one character put in that keeps a run of characters from going on."""
    run = 1
    for index in range(1, len(text) + 1):
        before = text[index - 1]
        distance = ord(text[index]) - ord(before) if index < len(text) else 0
        missing = chr(ord(before) + 1)
        is_gap = distance == 2 and _is_run(text[index : index + _LEAST_RUN])
        is_end = distance != 1 and run >= _LEAST_RUN
        if (is_gap or is_end) and missing.isalnum() and missing not in text:
            yield text[:index] + missing + text[index:]
        run = run + 1 if distance == 1 else 1


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in zip(text, text[1:])}
    return len(text) == _LEAST_RUN and steps == {1}


def mixed_up_numbers(site: Site) -> Ideas:
    """Another number of the same trade, such as 1024 for 1000."""
    node = site.node
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        for group in _MIXED_UP:
            for other in group if node.value in group else ():
                if other != node.value:
                    yield site.replace("constant", 0.4, constant(type(node.value)(other)))


def formats(site: Site) -> Ideas:
    """A count in a format or a regular expression off by one, and directives such as `%m` and `%d` exchanged."""
    node = site.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or len(node.value) > _MOST_CHARACTERS:
        return
    text = node.value
    for found in _COUNT.finditer(text) if "%" in text or "{" in text else ():
        for new in (int(found[0]) + 1, int(found[0]) - 1):
            if new >= 0:
                yield site.replace("format", 0.4, constant(text[: found.start()] + str(new) + text[found.end() :]))
    directives = list(_DIRECTIVE.finditer(text))[:_MOST_DIRECTIVES]
    for one, other in itertools.combinations(directives, 2):
        if one[0] != other[0]:
            middle = text[one.end() : other.start()]
            exchanged = text[: one.start()] + other[0] + middle + one[0] + text[other.end() :]
            yield site.replace("format", 0.4, constant(exchanged))


def _kin(text: str) -> Iterator[str]:
    """Yield the characters of the classes that a string has already, without its own."""
    for kind in _CLASSES:
        if any(character in kind for character in text):
            yield from (character for character in kind if character not in text)
