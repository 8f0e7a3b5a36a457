"""Prompts: texts with named gaps, kept in versioned files."""

from dataclasses import dataclass

from eaa.domain.model import Capability, Tier


@dataclass(frozen=True, slots=True)
class PromptInput:
    """A gap in a prompt."""

    name: str
    description: str
    limit_bytes: int
    """What is filled in is never longer than this; its middle is left out and counted."""
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file."""

    name: str
    """Path below the prompts folder without its ending, such as `compact-history`."""
    version: int
    description: str
    inputs: tuple[PromptInput, ...]
    answer_schema_json: str | None
    """What answers have to fit; None: free words."""
    needs: frozenset[Capability]
    tier: Tier | None
    """How strong a model it is written for; None: any."""
    body: str
    """The template."""
    sha256: str
    """Of the whole file; recorded with every call that was made from it."""
    source: str
    """`shipped`, or the path of the file of this installation."""
