"""What is told about the tests, one line of JSON each, as it happens."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List


class Records:
    """Writes marked lines past every redirection of standard output."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self._descriptor = descriptor
        self._mark = "\n@" + nonce + " "
        self._process = os.getpid()
        # The project may replace these; what is told must not change with it.
        self._write, self._getpid, self._dumps = os.write, os.getpid, json.dumps
        self.finished = 0
        self.has_told = False

    def start(self, test: str) -> None:
        """Tell that a test begins."""
        self._tell({"kind": "start", "test": test})

    def end(self, result: Dict[str, Any]) -> None:
        """Tell how a test ended."""
        self.finished += 1
        self._tell({"kind": "end", **result})

    def uncollected(self, result: Dict[str, Any]) -> None:
        """Tell that a file or folder could not be collected; it is broken unless something else is said."""
        self._tell({"kind": "uncollected", **result})

    def refused(self) -> None:
        """Tell that the framework did not start."""
        self._tell({"kind": "refused"})

    def listed(self, tests: List[str]) -> None:
        """Tell which tests there are, in order."""
        for first in range(0, len(tests), 1000):
            self._tell({"kind": "listed", "tests": tests[first : first + 1000]})

    def final(self, exit_code: int, covered: Dict[str, List[int]]) -> None:
        """Tell that everything was told."""
        for path, lines in sorted(covered.items()):
            self._tell({"kind": "covered", "path": path, "lines": lines})
        self._tell({"kind": "final", "finished": self.finished, "exit_code": exit_code})

    def _tell(self, record: Dict[str, Any]) -> None:
        if self._getpid() != self._process:
            return
        self.has_told = True
        view = memoryview((self._mark + self._dumps(record) + "\n").encode())
        while view:
            view = view[self._write(self._descriptor, view) :]
