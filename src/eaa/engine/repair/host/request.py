"""What the host is asked and what it answers, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional


@dataclass
class Request:
    """One repair. Paths are relative to `root`."""

    root: str
    """Absolute path of the workspace."""
    suite_root: str
    """Folder in which the framework runs."""
    framework: str
    import_roots: List[str]
    suspects: List[str]
    """Files that may be edited, most suspicious first."""
    test_paths: List[str]
    """Files and folders to collect when no tests are named."""
    failing: List[str] = field(default_factory=list)
    passing: List[str] = field(default_factory=list)
    budget_s: float = 60.0
    processes: int = 2
    memory_bytes: int = 2 << 30

    @staticmethod
    def of(data: Dict[str, Any]) -> Request:
        """Return the request that a decoded JSON object stands for."""
        return Request(**data)


@dataclass
class Repair:
    """A candidate that passed everything."""

    path: str
    """Relative to the root."""
    text: str
    """The whole file, repaired."""
    diff: str
    operator: str
    line: int
    score: float
    seconds: float
    """When it was found, since the start."""
    cost_s: float = 0.0
    """How long the tests took with it."""
    edits: int = 1
    cluster: int = 0
    """Repairs of one number behave the same on every input tried; 0 means it was not measured."""
    covering: int = 0
    """Passing tests that run the changed lines."""
    is_truth: bool = False
    """Whether the changed function answered nothing but yes and no."""
    is_settled: bool = False
    """Whether every likely alternative on the same statement was tried."""


@dataclass
class Answer:
    """Everything found."""

    repairs: List[Repair] = field(default_factory=list)
    suspects: List[List[Any]] = field(default_factory=list)
    """[path, line, score, symbol]."""
    distinguishing: Optional[str] = None
    inputs: int = 0
    """On how many inputs behaviours were compared."""
    seen: int = 0
    """Different calls of the changed function while the tests ran."""
    tried: int = 0
    failing: int = 0
    """Failing tests that the search relied on."""
    passing: int = 0
    left_out: int = 0
    """Tests for which there was no time; the search does not hold them."""
    flaky: List[str] = field(default_factory=list)
    seconds: float = 0.0
    mode: str = "swap"
    note: str = ""
