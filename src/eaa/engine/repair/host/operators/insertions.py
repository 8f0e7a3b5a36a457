"""Statements added: copies, assignments, calls, guards."""

from __future__ import annotations

import ast
from functools import partial
from typing import Iterator, List, Tuple

from ..guess import CONTAINERS, NUMBERS, SEQUENCES
from ..site import Ideas, Later, Site
from ..source import Edit
from ..tree import Functions, call, clone, clone_all, constant, expression, key, method, name, size, statement
from .conditions import atoms
from .statements import block_of, position_of

_RESULTS = ("None", "0", "1", "True", "False", "[]", "''", "[[]]", "-1")


def _places(site: Site) -> List[str]:
    is_end = isinstance(site.node, (ast.Return, ast.Break, ast.Continue, ast.Raise))
    is_last = block_of(site)[-1] is site.node
    return ["before", "after"] if is_last and not is_end else ["before"]


def copied(site: Site) -> Ideas:
    """Another statement of the function or of the file, repeated or moved here."""
    block = block_of(site)
    for where in _places(site):
        for other in site.facts.statements:
            if other is site.node:
                continue
            yield site.idea("statement repeated", 0.36, Edit(where, site.node, (clone(other),)))
            if other in block and abs(block.index(other) - position_of(site)) > 1:
                edits = (Edit(where, site.node, (clone(other),)), Edit("delete", other))
                yield site.idea("statement moved", 0.34, *edits)
        scope = set(site.names)
        for found in site.facts.library.statements.values():
            if found.unit is not site.unit and found.free and found.free <= scope:
                is_sibling = bool(found.classes) and found.classes == site.unit.classes
                prior = 0.36 if is_sibling else 0.22
                yield site.idea("statement of the file", prior, Edit(where, site.node, (clone(found.node),)))


def known_guards(site: Site) -> Ideas:
    """A condition with its one statement, as another function of the file has it for the same names."""
    scope = set(site.names)
    for found in site.facts.library.guards.values():
        if found.unit is not site.unit and found.free and found.free <= scope:
            yield site.idea("guard of the file", 0.36, Edit("before", site.node, (clone(found.node),)))


def additions(site: Site) -> Ideas:
    """Assignments, counters, collections filled."""
    for where in _places(site):
        for new, prior in _simple(site):
            yield site.idea("statement added", prior, Edit(where, site.node, (new,)))
        for other in site.names:
            yield site.idea("return added", 0.25, Edit(where, site.node, (ast.Return(name(other)),)))
        if site.is_in_loop:
            yield site.idea("break added", 0.2, Edit(where, site.node, (ast.Break(),)))


def _simple(site: Site) -> Iterator[Tuple[ast.stmt, float]]:
    facts = site.facts
    for first in site.names:
        held = site.kinds_of(first)
        for second in site.names:
            if first == second:
                continue
            if first in facts.changing or first in facts.parameters:
                weight = facts.weight(held or None, facts.types.get(second), 1, 0.7, 0.25)
                yield ast.Assign([ast.Name(first, ast.Store())], name(second)), 0.38 * weight
            if held & {"list", "deque"}:
                yield statement(f"{first}.append({second})"), 0.36
                if site.kinds_of(second) & SEQUENCES:
                    yield statement(f"{first}.extend({second})"), 0.2
            if "set" in held:
                yield statement(f"{first}.add({second})"), 0.36
                yield statement(f"{first}.update({second})"), 0.3
        if not held or held & NUMBERS:
            prior = 0.35 if first in facts.changing else 0.15
            yield statement(f"{first} += 1"), prior
            yield statement(f"{first} -= 1"), prior
        if held & {"list", "deque"}:
            yield statement(f"{first}.pop()"), 0.22
            yield statement(f"{first}.sort()"), 0.2


def upkeep(site: Site) -> Ideas:
    """What keeps things going: counters in attributes, keys deleted, chains walked on, entries written."""
    for new, prior in _upkeep(site):
        for where in _places(site):
            yield site.idea("statement added", prior, Edit(where, site.node, (clone(new),)))


def _upkeep(site: Site) -> Iterator[Tuple[ast.stmt, float]]:
    library = site.facts.library
    owned = sorted(library.data_attributes) if len(library.data_attributes) < 16 else []
    if "self" in site.names:
        for attribute in owned:
            yield statement(f"self.{attribute} += 1"), 0.3
            yield statement(f"self.{attribute} -= 1"), 0.3
    for first in site.names:
        held = site.kinds_of(first)
        if not held & (NUMBERS | CONTAINERS) and first != "self":
            for attribute in owned:
                yield statement(f"{first} = {first}.{attribute}"), 0.34
        for second in site.names if held & {"dict", "defaultdict", "list", "set"} else []:
            if second == first or site.kinds_of(second) & {"list", "dict", "set"}:
                continue
            if held & {"dict", "defaultdict"}:
                yield statement(f"del {first}[{second}]"), 0.3
                for third in site.names:
                    if third not in (first, second):
                        yield statement(f"{first}[{second}] = {third}"), 0.28
            if "set" in held:
                yield statement(f"{first}.discard({second})"), 0.28
        if site.kinds_of(first) == {"str"} and first in site.facts.changing:
            yield statement(f"{first} = ''"), 0.32
        elif "list" in held and first in site.facts.changing:
            yield statement(f"{first} = []"), 0.32


def fillings(site: Site) -> Ideas:
    """Parts of the function put into collections and variables."""
    kinds = (ast.Attribute, ast.Subscript, ast.Call, ast.Tuple, ast.BinOp)
    for part in site.facts.components.values():
        if not isinstance(part, kinds) or not 2 < size(part) <= 12:
            continue
        for new, prior in _filled(site, part):
            for where in _places(site):
                yield site.idea("statement added", prior, Edit(where, site.node, (clone(new),)))


def fields(site: Site) -> Ideas:
    """`something.price = price`: a name kept in the attribute of the same name."""
    attributes = site.facts.library.data_attributes
    owners = {key(part.value): part.value for part in site.facts.components.values() if isinstance(part, ast.Attribute)}
    for owner in owners.values():
        for identifier in site.names:
            if identifier in attributes and size(owner) <= 8:
                target = ast.Attribute(clone(owner), identifier, ast.Store())
                for where in _places(site):
                    new = ast.Assign([clone(target)], name(identifier))
                    yield site.idea("statement added", 0.33, Edit(where, site.node, (new,)))


def _filled(site: Site, part: ast.expr) -> Iterator[Tuple[ast.stmt, float]]:
    facts = site.facts
    for owner in site.names:
        held = site.kinds_of(owner)
        if "list" in held:
            yield ast.Expr(method(name(owner), "append", part)), 0.26
        if "set" in held:
            yield ast.Expr(method(name(owner), "add", part)), 0.28
        if owner in facts.changing and size(part) <= 10:
            weight = facts.weight(facts.types.get(owner), facts.kinds(part), 1, 0.6, 0.1)
            yield ast.Assign([ast.Name(owner, ast.Store())], clone(part)), 0.2 * weight


def guards(site: Site) -> Ideas:
    """`if condition: return, continue or break` before a statement."""
    parent = site.parent
    if not isinstance(parent, (ast.For, ast.While, ast.If, *Functions)):
        return
    is_open = isinstance(parent, Functions) or site.is_in_loop
    actions: List[Tuple[ast.stmt, float]] = [
        (ast.Return(clone(known)), 0.9) for known in site.facts.returns.values() if size(known) < 8
    ]
    actions += [(ast.Return(name(other)), 0.7) for other in site.names]
    actions += [(ast.Return(expression(text)), 0.6) for text in _RESULTS]
    classes = [known for known in site.facts.library.module_names if known[:1].isupper() and not known.isupper()]
    for known in classes[:4]:
        made = [call(known, name(parameter)) for parameter in site.facts.parameters[:3] if parameter != "self"]
        actions += [(ast.Return(new), 0.65) for new in made]
    actions += [(clone(raising), 0.95) for raising in site.facts.library.raisings]
    if site.is_in_loop:
        actions += [(ast.Continue(), 1.0), (ast.Break(), 0.8)]
    for atom, weight in atoms(site):
        if weight >= 0.3:
            best = 0.34 * weight * (1 if is_open else 0.6)
            yield Later(best, partial(_guards, site, atom, best, actions), site.node, site.unit)


def _guards(site: Site, atom: ast.expr, best: float, actions: List[Tuple[ast.stmt, float]]) -> Ideas:
    for action, liking in actions:
        guard = ast.If(clone(atom), [clone(action)], [])
        yield site.idea("guard added", best * liking, Edit("before", site.node, (guard,)))


def other_branches(site: Site) -> Ideas:
    """`else:` that starts over what the branch counts or collects, or leaves the loop."""
    node = site.node
    if not isinstance(node, ast.If) or node.orelse:
        return
    changed = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}
    ideas: List[Tuple[ast.stmt, float]] = []
    for other in site.facts.statements:
        if isinstance(other, ast.Assign) and isinstance(other.targets[0], ast.Name) and other.targets[0].id in changed:
            ideas += [(ast.Assign([target], other.value), 0.38) for target in other.targets]
    ideas += [(ast.Assign([ast.Name(changing, ast.Store())], constant(0)), 0.37) for changing in sorted(changed)]
    if site.is_in_loop:
        ideas += [(ast.Break(), 0.28), (ast.Continue(), 0.2)]
    for new, prior in ideas:
        yield site.replace("else added", prior, ast.If(clone(node.test), clone_all(node.body), [clone(new)]))


def wrappings(site: Site) -> Ideas:
    """The statement made conditional."""
    node = site.node
    if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign)):
        for atom, weight in atoms(site):
            guarded = ast.If(clone(atom), [clone(node)], [])
            yield site.replace("made conditional", 0.3 * weight, guarded)
