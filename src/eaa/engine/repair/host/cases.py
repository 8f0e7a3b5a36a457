"""A test that can be run again and again in one process."""

from __future__ import annotations

from typing import Callable, List, Protocol

from .request import Request


class Case(Protocol):
    """One test."""

    @property
    def id(self) -> str:
        """The framework's own name of it."""
        ...

    def run(self) -> str:
        """Run it as the framework does; return `passed`, `failed` or `skipped`."""
        ...

    def rush(self) -> str:
        """Run it without the framework's ceremony where that is the same thing."""
        ...


class Framework(Protocol):
    """Collects tests and hands them over while everything is imported."""

    def collect(self, request: Request, body: Callable[[List[Case]], None]) -> str:
        """Import the project's tests and call `body` with them; return why that was not possible, else nothing."""
        ...
