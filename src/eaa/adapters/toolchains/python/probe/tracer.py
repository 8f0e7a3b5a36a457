"""Which lines of the repository were executed."""

from __future__ import annotations

import sys
import threading
from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Set

SOURCE = "/src/"
_TOOL = 4


class Tracer:
    """Remembers every line executed in files below `/src`, module level included, in all threads."""

    def __init__(self) -> None:
        self._lines: Dict[str, Set[int]] = {}
        self._monitoring: Any = getattr(sys, "monitoring", None)

    def start(self) -> None:
        """Begin; before any of the project is imported."""
        if self._monitoring is not None:
            self._monitor(self._monitoring)
            return
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> Dict[str, List[int]]:
        """End, and return the lines by path relative to the repository."""
        if self._monitoring is not None:
            self._monitoring.set_events(_TOOL, 0)
            self._monitoring.free_tool_id(_TOOL)
        else:
            sys.settrace(None)
            threading.settrace(None)
        found = {name: set(lines) for name, lines in list(self._lines.items())}
        return {name[len(SOURCE) :]: sorted(line for line in lines if line) for name, lines in found.items()}

    def _monitor(self, monitoring: Any) -> None:
        """Use what Python has from 3.12 on: each line costs something only once."""

        def line(code: CodeType, number: int) -> Any:
            if code.co_filename.startswith(SOURCE):
                self._lines.setdefault(code.co_filename, set()).add(number)
            return monitoring.DISABLE

        monitoring.use_tool_id(_TOOL, "eaa")
        monitoring.register_callback(_TOOL, monitoring.events.LINE, line)
        monitoring.set_events(_TOOL, monitoring.events.LINE)

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
