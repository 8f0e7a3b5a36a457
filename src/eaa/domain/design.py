"""A design decision of SA: what a change is made of, which way was chosen, and what speaks against it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the project that the change concerns."""

    name: str
    path: str
    """A file or folder; `is_new` says that it is yet to be made."""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Interface:
    """A name that others call, and what becomes of it."""

    symbol: str
    change: str
    is_new: bool = False
    """Whether the project has no such name yet."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A way that was not chosen."""

    what: str
    why_not: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A model's words, checked against the project: what names something that is not there says that it is new."""

    components: tuple[Component, ...]
    interfaces: tuple[Interface, ...]
    pattern: str
    """The recommended way, in two sentences at most."""
    alternatives: tuple[Alternative, ...] = ()
    risks: tuple[str, ...] = ()
    diagram: str = ""
    """Mermaid; empty when there is none, or none that could be used."""
    author: str = ""
    """The model."""
