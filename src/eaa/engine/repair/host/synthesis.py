"""Repairs for missing logic: asks what a slot should have answered, and grows an expression that answers so."""

from __future__ import annotations

import ast
import sys
import time
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from .angel import Wish, question, wish_for_truth, wish_for_value
from .exam import Exam
from .facts import Facts
from .forks import Child, Send
from .grow import Garden, frozen
from .localise import Suspicion
from .site import Site
from .source import Candidate, Edit
from .tree import clone, constant, expression, name, size

_MOST_SLOTS = 60
_SLOT_S = 0.8
_ANSWERS_A_SLOT = 8
_MOST_ATOMS = 160
_BEST = 0.55


class Slot(NamedTuple):
    """A place where an expression is wanted."""

    kind: str
    """`condition`, `guard`, `wrap` or `value`."""
    site: Site
    action: Optional[ast.stmt]
    weight: float

    def candidate(self, answer: ast.expr) -> Candidate:
        """Return the candidate that puts an answer into the slot."""
        node = self.site.node
        if self.kind == "guard" and self.action is not None:
            guard = ast.If(answer, [clone(self.action)], [])
            return self.site.idea("guard synthesised", 0.0, Edit("before", node, (guard,)))
        if self.kind == "wrap" and isinstance(node, ast.stmt):
            return self.site.replace("condition synthesised", 0.0, ast.If(answer, [clone(node)], []))
        word = "value synthesised" if self.kind == "value" else "condition synthesised"
        return self.site.replace(word, 0.0, answer)

    def probe(self) -> Candidate:
        """Return the candidate that asks the oracle."""
        usual = constant(value=self.kind == "wrap")
        if self.kind in ("condition", "value") and isinstance(self.site.node, ast.expr):
            usual = clone(self.site.node)
        return self.candidate(question(usual))


def synthesise(
    exam: Exam, every: List[Facts], suspicion: Suspicion, *, until: float, memory_bytes: int
) -> List[Candidate]:
    """Return candidates, best first; what is not thought through at the monotonic time `until` is left."""
    slots = [slot for facts in every for slot in _slots(facts, suspicion)]
    slots.sort(key=lambda slot: -slot.weight)
    slots = slots[:_MOST_SLOTS]
    found: List[Candidate] = []
    child = Child(lambda send: _work(exam, slots, until, send), memory_bytes=memory_bytes)
    for message in child.messages(silence_s=until - time.monotonic(), until=until):
        if message[0] == "answer":
            slot, answer = slots[message[1]], expression(message[2])
            candidate = slot.candidate(answer)
            candidate.prior = _BEST * 0.96 ** size(answer)
            candidate.priority = candidate.prior * slot.weight
            found.append(candidate)
    return sorted(found, key=lambda candidate: -candidate.priority)


def _slots(facts: Facts, suspicion: Suspicion) -> Iterator[Slot]:
    path = facts.file.path
    for node in ast.walk(facts.unit.node):
        if not isinstance(node, (ast.expr, ast.stmt)) or node is facts.unit.node:
            continue
        weight = suspicion.weight(path, node)
        if weight <= 0.2:
            continue
        parent, field = facts.file.parents[node]
        if isinstance(node, ast.expr):
            if field == "test" or field == "ifs":
                yield Slot("condition", Site(node, facts), None, weight)
            elif isinstance(parent, ast.Return):
                yield Slot("value", Site(node, facts), None, weight)
        elif isinstance(getattr(parent, field), list):
            yield from _statement_slots(Site(node, facts), weight)


def _statement_slots(site: Site, weight: float) -> Iterator[Slot]:
    if isinstance(site.node, (ast.Expr, ast.Assign, ast.AugAssign)):
        yield Slot("wrap", site, None, weight * 0.9)
    actions: List[ast.stmt] = [ast.Return(clone(value)) for value in site.facts.returns.values() if size(value) < 6]
    actions += [ast.Return(expression(text)) for text in ("None", "0", "[]", "False", "True", "''")]
    actions += [ast.Return(name(parameter)) for parameter in site.facts.parameters if parameter != "self"]
    actions[:0] = [clone(raising) for raising in site.facts.library.raisings[:2]]
    if site.is_in_loop:
        actions[:0] = [ast.Continue(), ast.Break()]
    for rank, action in enumerate(actions[:10]):
        yield Slot("guard", site, action, weight * 0.85 * 0.98**rank)


def _work(exam: Exam, slots: List[Slot], until: float, send: Send) -> None:
    for index, slot in enumerate(slots):
        send(("slot", index))
        child = Child(lambda up, one=slot: _answer(exam, one, until, up))  # type: ignore[misc]
        for message in child.messages(silence_s=_SLOT_S * 4, until=until):
            if message[0] == "answer":
                send(("answer", index, message[1]))


def _answer(exam: Exam, slot: Slot, until: float, send: Send) -> None:
    probe = slot.probe()
    wish = wish_for_value(exam, probe) if slot.kind == "value" else wish_for_truth(exam, probe)
    if wish is None or not wish.scenes:
        return
    answers = _values(slot, wish, until) if slot.kind == "value" else _truths(slot, wish, until)
    for _, answer in zip(range(_ANSWERS_A_SLOT), answers):
        send(("answer", ast.unparse(answer)))


def _garden(slot: Slot, wish: Wish, until: float) -> Garden:
    facts = slot.site.facts
    seeds: List[ast.expr] = [constant(value) for value in (0, 1, 2, 3)]
    seeds += [node for node in facts.constants.values() if isinstance(node.value, (int, float, str))]
    seeds += [part for part in facts.components.values() if size(part) <= 10 and _is_harmless(part)]
    module = next((m for m in sys.modules.values() if getattr(m, "__file__", None) == facts.file.path), None)
    known: Dict[str, Any] = dict(vars(module)) if module is not None else {}
    garden = Garden(wish.scenes, seeds, known, until=min(until, time.monotonic() + _SLOT_S))
    garden.grow()
    return garden


def _is_harmless(node: ast.expr) -> bool:
    kinds = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.BinOp, ast.Compare, ast.BoolOp, ast.UnaryOp)
    extra = (ast.Slice, ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.expr_context)
    calls = ("len", "abs", "min", "max", "sum", "int", "str", "sorted", "set", "list")
    for inner in ast.walk(node):
        is_call = isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in calls
        if not is_call and not isinstance(inner, (*kinds, *extra)):
            return False
    return True


def _values(slot: Slot, wish: Wish, until: float) -> Iterator[ast.expr]:
    garden = _garden(slot, wish, until)
    wanted = frozen(tuple(wish.answers))
    for grown in [*garden.first, *garden.second]:
        if frozen(grown.values) == wanted:
            yield grown.node


Mask = int
"""One bit a scene."""


def _truths(slot: Slot, wish: Wish, until: float) -> Iterator[ast.expr]:
    wanted = _mask(wish.answers)
    if wanted in (0, _mask([True] * len(wish.answers))):
        return
    atoms: Dict[Mask, ast.expr] = {}
    for node, truth in _garden(slot, wish, until).truths():
        mask = _mask(list(truth))
        if mask not in atoms or size(node) < size(atoms[mask]):
            atoms[mask] = node
        if mask == wanted:
            yield node
    yield from _pairs(atoms, wanted)


def _pairs(atoms: Dict[Mask, ast.expr], wanted: Mask) -> Iterator[ast.expr]:
    """Yield `a and b`, `a or b` that answer as wanted."""
    ordered = sorted(atoms.items(), key=lambda item: size(item[1]))
    above = [item for item in ordered if item[0] & wanted == wanted and item[0] != wanted][:_MOST_ATOMS]
    below = [item for item in ordered if item[0] | wanted == wanted and item[0] != wanted][:_MOST_ATOMS]
    found: List[Tuple[int, int, ast.expr]] = []
    seen: Set[Tuple[Mask, Mask]] = set()
    for group, operator in ((above, ast.And), (below, ast.Or)):
        for first, left in group:
            for second, right in group:
                together = first & second if operator is ast.And else first | second
                if together == wanted and (second, first) not in seen:
                    seen.add((first, second))
                    joined = ast.BoolOp(operator(), [clone(left), clone(right)])
                    found.append((size(joined), len(found), joined))
    yield from (node for _, _, node in sorted(found, key=lambda item: item[:2])[:_ANSWERS_A_SLOT])


def _mask(answers: List[Any]) -> Mask:
    return sum(1 << index for index, answer in enumerate(answers) if answer)
