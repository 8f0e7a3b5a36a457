"""What the host asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Dict, FrozenSet, List, Optional


@dataclass(frozen=True)
class Request:
    """One run of one suite."""

    nonce: str
    framework: str
    tests: Optional[List[str]]
    """None runs all; names without parameters stand for all of their parameters."""
    files: List[str]
    """The files of the tests asked for, relative to the suite; for unittest all files of the suite."""
    seed: int
    is_listing: bool
    measures_coverage: bool

    @staticmethod
    def read(text: bytes) -> Request:
        """Return the request in a JSON text."""
        values: Dict[str, Any] = json.loads(text)
        return Request(**values)

    def asks_for(self, test: str) -> bool:
        """Return whether a test is one of those asked for, by its name, without parameters, or by what holds it."""
        if self.tests is None:
            return True
        if test in self._wanted:
            return True
        name = test.partition("[")[0]
        separator = "::" if self.framework == "pytest" else "."
        while name:
            if name in self._wanted:
                return True
            name = name.rpartition(separator)[0]
        return False

    @cached_property
    def _wanted(self) -> FrozenSet[str]:
        return frozenset(self.tests or ())
