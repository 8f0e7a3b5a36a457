"""A design decision by a model, held against the project: what it names has to be there, or be said to be new."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

import msgspec

from eaa.domain.artefact import CodeMap
from eaa.domain.brief import Brief
from eaa.domain.design import Alternative, Component, Decision, Interface
from eaa.domain.model_errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from eaa.domain.role import RoleName
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.single import ask_once

CONTEXT = "decision"
PROMPT = "agent/decision"
_MOST_USES = 12
_DIAGRAMS = ("flowchart", "graph", "classDiagram", "sequenceDiagram", "stateDiagram", "erDiagram")
_UNREADABLE = (AnswerInvalid, AnswerRefused, AnswerTruncated)
_DIRECTIVE = re.compile(r"%%\{|<script|javascript:|\bclick\b", re.IGNORECASE)


class NamedComponent(msgspec.Struct, frozen=True):
    """A component as a model gives it."""

    name: str
    path: str


class NamedInterface(msgspec.Struct, frozen=True):
    """An interface as a model gives it."""

    symbol: str
    change: str


class NamedAlternative(msgspec.Struct, frozen=True):
    """An alternative as a model gives it."""

    what: str
    why_not: str


class Design(msgspec.Struct, frozen=True):
    """A model's answer to the prompt, after it was held against the prompt's schema."""

    components: tuple[NamedComponent, ...]
    interfaces: tuple[NamedInterface, ...]
    pattern: str
    alternatives: tuple[NamedAlternative, ...]
    risks: tuple[str, ...]
    diagram: str


async def decide_with_model(
    brief: Brief, code_map: CodeMap, symbols: Iterable[str], agents: AgentDesk
) -> tuple[CodeMap, str | None]:
    """Return the map with a model's decision in it; without one, and why, when no answer can be used.

    Args:
        brief: The facts; the map becomes part of them.
        code_map: What was found without a model.
        symbols: Every qualified name that the project defines.
        agents: Models, and where answers are kept.

    Raises:
        ModelFault: No model answered.
        BudgetExhausted: There is no room for the call.
    """
    told = replace(brief, handover=replace(brief.handover, code_map=code_map))
    values = {"because": code_map.decision_needed, "uses": "\n".join(_uses(code_map))}
    try:
        asked = await ask_once(told, PROMPT, values, context=CONTEXT, role=RoleName.SA, agents=agents)
    except _UNREADABLE as error:
        return code_map, f"no decision of a model could be used: {error}"
    design = msgspec.convert(asked.value, Design)
    decision = decision_of(design, paths=brief.project.source_paths, symbols=symbols)
    if decision is None:
        return replace(code_map, spent=asked.spent), "the model's decision names no part that could be in this project"
    author = brief.model or agents.model or "the model"
    return replace(code_map, decision=replace(decision, author=author), spent=asked.spent), None


def decision_of(design: Design, *, paths: Iterable[str], symbols: Iterable[str]) -> Decision | None:
    """Return a model's design as a decision, or None when it names no part that is or could be in the project."""
    known_paths, known_names = _with_folders(paths), {name.rpartition(".")[2] for name in symbols}
    components = tuple(
        Component(_one_line(one.name), path, is_new=path not in known_paths)
        for one in design.components
        if (path := _inside(one.path)) is not None
    )
    if not components:
        return None
    return Decision(
        components=components,
        interfaces=tuple(
            Interface(_one_line(one.symbol), _one_line(one.change), is_new=_last(one.symbol) not in known_names)
            for one in design.interfaces
        ),
        pattern=_one_line(design.pattern),
        alternatives=tuple(Alternative(_one_line(one.what), _one_line(one.why_not)) for one in design.alternatives),
        risks=tuple(_one_line(risk) for risk in design.risks),
        diagram=_diagram(design.diagram),
    )


def _uses(code_map: CodeMap) -> list[str]:
    lines = [f"{name}: {', '.join(calls[:4])}" for name, calls in code_map.callers]
    return lines[:_MOST_USES]


def _with_folders(paths: Iterable[str]) -> frozenset[str]:
    known: set[str] = set()
    for path in paths:
        known |= {path, *(str(parent) for parent in PurePosixPath(path).parents)}
    return frozenset(known - {"."})


def _inside(path: str) -> str | None:
    """Return a path as the project writes it; None when it leaves the project."""
    clean = PurePosixPath(path.strip().strip("`").removeprefix("./"))
    is_inside = not clean.is_absolute() and clean.parts and not {"..", ".git", "~"} & set(clean.parts)
    return str(clean) if is_inside else None


def _last(symbol: str) -> str:
    return symbol.strip("`").partition("(")[0].rpartition(".")[2]


def _diagram(text: str) -> str:
    """Return mermaid that draws and does nothing else; empty when it is something else."""
    lines = [line.rstrip() for line in text.strip().splitlines() if not line.strip().startswith("```")]
    drawn = "\n".join(lines).strip()
    is_mermaid = drawn.startswith(_DIAGRAMS) and _DIRECTIVE.search(drawn) is None
    return drawn if is_mermaid else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
