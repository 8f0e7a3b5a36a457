"""What tests expect to be raised."""

from __future__ import annotations

import builtins
import os
import re
from typing import List, Sequence

from .request import Request

_RAISES = re.compile(r"\b(?:raises|assertRaises|assertRaisesRegex)\(\s*\(?\s*([A-Z]\w+)")
_TEXT_BYTES = 1 << 20
_MOST = 4


def expected_exceptions(failing: Sequence[str], request: Request) -> List[str]:
    """Return the names of built-in exceptions that the files of failing tests expect, in order of appearance."""
    found: List[str] = []
    for path in dict.fromkeys([*(test.split("::")[0] for test in failing), *request.test_paths]):
        place = path if os.path.isfile(path) else os.path.join(request.root, path)
        if os.path.isfile(place):
            with open(place, encoding="utf-8", errors="replace") as file:
                found += _RAISES.findall(file.read(_TEXT_BYTES))
    return [name for name in dict.fromkeys(found) if _is_exception(name)][:_MOST]


def _is_exception(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, Exception)
