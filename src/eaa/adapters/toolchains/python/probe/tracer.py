"""Which lines of the repository were executed."""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import Any, Dict, List, Optional, Set

SOURCE = "/src/"


class Tracer:
    """Remembers every line executed in files below `/src`, module level included, in all threads."""

    def __init__(self) -> None:
        self._lines: Dict[str, Set[int]] = {}

    def start(self) -> None:
        """Begin; before any of the project is imported."""
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> Dict[str, List[int]]:
        """End, and return the lines by path relative to the repository."""
        sys.settrace(None)
        threading.settrace(None)
        found = {name: set(lines) for name, lines in list(self._lines.items())}
        return {name[len(SOURCE) :]: sorted(line for line in lines if line) for name, lines in found.items()}

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(SOURCE):
            return None
        lines = self._lines.setdefault(name, set())

        def line(frame: FrameType, event: str, _argument: Any) -> Optional[Any]:
            if event == "line":
                lines.add(frame.f_lineno)
            return line

        return line
