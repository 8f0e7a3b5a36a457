"""Values that travel between behaviours: copied, varied, written down."""

from __future__ import annotations

import copy
import itertools
import re
from types import GeneratorType
from typing import Any, Dict, Iterator, List, Tuple

_DEEPEST = 5
_LONGEST = 200
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

Arguments = Tuple[List[Any], Dict[str, Any]]


def describe(value: Any, depth: int = 0) -> str:
    """Return a text that equal values share; addresses do not count, sets and dictionaries in a fixed order."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        inner = ", ".join(describe(item, depth + 1) for item in value[:_LONGEST])
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(describe(item, depth + 1) for item in value)) + "}"
    if isinstance(value, dict):
        pairs = (f"{describe(key, depth + 1)}: {describe(item, depth + 1)}" for key, item in value.items())
        return "{" + ", ".join(itertools.islice(pairs, _LONGEST)) + "}"
    if isinstance(value, GeneratorType) or (hasattr(value, "__next__") and hasattr(value, "__iter__")):
        return "yields " + describe(list(itertools.islice(value, _LONGEST)), depth + 1)
    fields = getattr(value, "__dict__", None)
    if isinstance(fields, dict) and not isinstance(value, (type, BaseException)) and not callable(value):
        inner = ", ".join(f"{name}={describe(item, depth + 1)}" for name, item in sorted(fields.items()))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, BaseException):
        return type(value).__name__
    return _ADDRESS.sub("", repr(value))[:1000]


def spell(name: str, arguments: Arguments) -> str:
    """Return a call as a person would write it."""
    positional, named = arguments
    words = [describe(value) for value in positional] + [f"{key}={describe(value)}" for key, value in named.items()]
    return f"{name}({', '.join(words)})"


def variants(arguments: Arguments, seen: List[Arguments]) -> Iterator[Arguments]:
    """Yield arguments near the given ones, one of them changed at a time, staying near what was seen."""
    positional, _ = arguments
    for index, value in enumerate(positional):
        others = [known[0][index] for known in seen if len(known[0]) > index]
        for changed in _near(value, others, 0):
            try:
                new_positional, new_named = copy.deepcopy(arguments)
            except Exception:
                return
            new_positional[index] = changed
            yield new_positional, new_named


def _near(value: Any, others: List[Any], depth: int) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        known = [other for other in others if isinstance(other, int)]
        lowest = min([value, *known])
        for near in dict.fromkeys((value + 1, value - 1, value * 2, 0, 1)):
            if near != value and (near >= lowest or lowest < 0):
                yield near
    elif isinstance(value, float):
        yield from (value + 1.0, value / 2)
    elif isinstance(value, str):
        yield from _shorter(value)
        yield from (value + value[:1], value[::-1], value.upper(), value + " ")
    elif isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        yield from _shorter(value)
        yield from (value[::-1], type(value)([*value, *value[:1]]))
        if depth < 2:
            for index in range(min(len(value), 3)):
                for changed in itertools.islice(_near(value[index], list(value), depth + 1), 3):
                    items = list(value)
                    items[index] = changed
                    yield type(value)(items)
    elif isinstance(value, dict) and value:
        first = next(iter(value))
        yield {key: item for key, item in value.items() if key != first}
    elif depth < 2 and isinstance(getattr(value, "__dict__", None), dict) and not callable(value):
        yield from _near_objects(value, depth)


def _near_objects(value: Any, depth: int) -> Iterator[Any]:
    """Yield copies of an object with one of its fields changed."""
    for name, held in list(vars(value).items()):
        for changed in itertools.islice(_near(held, [], depth + 1), 4):
            try:
                other = copy.deepcopy(value)
                vars(other)[name] = changed
            except Exception:
                return
            yield other


def _shorter(value: Any) -> Iterator[Any]:
    if len(value):
        yield value[1:]
        yield value[:-1]
    if len(value) > 2:
        yield value[:1]
        yield value[:0]
