"""Statements dropped, moved, exchanged and turned into another kind."""

from __future__ import annotations

import ast
from typing import List, Optional

from ..site import Ideas, Site
from ..source import Edit
from ..tree import Functions, call, clone, clone_all, expression, name
from .basic import ARITHMETIC, BITWISE

_DEFAULTS = ("None", "0", "1", "True", "False", "[]", "''", "{}", "-1", "[[]]", "()")
_WRAPPERS = ("list", "tuple", "set", "sorted", "len", "sum", "bool", "str", "int", "abs", "round")


def block_of(site: Site) -> List[ast.stmt]:
    """Return the block a statement stands in."""
    block: List[ast.stmt] = getattr(site.parent, site.field)
    return block


def position_of(site: Site) -> int:
    """Return the index of a statement in its block."""
    return next(index for index, found in enumerate(block_of(site)) if found is site.node)


def removals(site: Site) -> Ideas:
    """The statement dropped, or exchanged with its successor."""
    node, block = site.node, block_of(site)
    index = position_of(site)
    yield site.idea("statement dropped", 0.3, Edit("delete", node))
    if index + 1 < len(block) and not isinstance(block[index + 1], Functions):
        follower = block[index + 1]
        edits = (Edit("before", node, (clone(follower),)), Edit("delete", follower))
        yield site.idea("statements swapped", 0.4, *edits)


def assignments(site: Site) -> Ideas:
    """`=` and `+=` and their kin."""
    node = site.node
    if isinstance(node, ast.AugAssign):
        for new in ARITHMETIC + BITWISE:
            if new is not type(node.op):
                is_kin = (new in ARITHMETIC) == (type(node.op) in ARITHMETIC)
                prior = 0.8 if is_kin else 0.45 if type(node.op) in BITWISE else 0.2
                changed = ast.AugAssign(clone(node.target), new(), clone(node.value))
                yield site.replace("augmented operator", prior, changed)
        yield site.replace("plain assignment", 0.45, _assign(clone(node.target), clone(node.value)))
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return
    target = node.targets[0]
    if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
        for operator in (ast.Add, ast.Sub, ast.Mult, ast.BitOr):
            changed = ast.AugAssign(clone(target), operator(), clone(node.value))
            yield site.replace("augmented assignment", 0.6 if operator is ast.Add else 0.2, changed)
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        swapped = ast.Tuple([clone(target.elts[1]), clone(target.elts[0])], ast.Store())
        yield site.replace("targets swapped", 0.4, _assign(swapped, clone(node.value)))


def targets(site: Site) -> Ideas:
    """Another target of an assignment."""
    node = site.node
    if not isinstance(node, (ast.Assign, ast.AugAssign)):
        return
    for part in site.facts.components.values():
        is_plain = isinstance(part, ast.Subscript) or (
            isinstance(part, ast.Attribute) and isinstance(part.value, (ast.Name, ast.Attribute))
        )
        if is_plain:
            target = clone(part)
            target.__dict__["ctx"] = ast.Store()
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                yield site.replace("target", 0.45, _assign(target, clone(node.value)))
            elif isinstance(node, ast.AugAssign) and isinstance(target, (ast.Subscript, ast.Attribute)):
                yield site.replace("target", 0.45, ast.AugAssign(target, node.op, clone(node.value)))


def returns(site: Site) -> Ideas:
    """Another value to return."""
    node = site.node
    if not isinstance(node, ast.Return):
        return
    if node.value is None:
        for other in site.names:
            yield site.replace("returned value", 0.4, ast.Return(name(other)))
        return
    value = Site(node.value, site.facts)
    for known in site.facts.returns.values():
        yield value.replace("returned value", 0.45, clone(known))
    for text in _DEFAULTS:
        yield value.replace("returned value", 0.3, expression(text))
    for function in _WRAPPERS:
        yield value.replace("returned value wrapped", 0.3, call(function, node.value))


def branches(site: Site) -> Ideas:
    """`if` and `while`: branches swapped, dropped, flattened."""
    node, block = site.node, block_of(site)
    if isinstance(node, ast.If):
        test = node.test
        if node.orelse:
            body, other = clone_all(node.body), clone_all(node.orelse)
            yield site.replace("branches swapped", 0.5, ast.If(clone(test), other, body))
            yield site.replace("else dropped", 0.25, ast.If(clone(test), body, []))
            flat = [ast.If(clone(test), clone_all(node.body), []), *clone_all(node.orelse)]
            yield site.replace("else flattened", 0.3, *flat)
        yield site.replace("condition dropped", 0.35, *clone_all(node.body))
        yield site.replace("if made a loop", 0.35, ast.While(clone(test), clone_all(node.body), []))
        index = position_of(site)
        follower: Optional[ast.stmt] = block[index + 1] if index + 1 < len(block) else None
        if follower is not None and not node.orelse and not isinstance(follower, Functions):
            joined = ast.If(clone(test), clone_all(node.body), [clone(follower)])
            edits = (Edit("replace", node, (joined,)), Edit("delete", follower))
            word = "if made an elif" if isinstance(follower, ast.If) else "made the else branch"
            yield site.idea(word, 0.36, *edits)
    if isinstance(node, ast.While):
        yield site.replace("loop made an if", 0.25, ast.If(clone(node.test), clone_all(node.body), []))


def jumps(site: Site) -> Ideas:
    """`break`, `continue`, `pass`."""
    node = site.node
    if isinstance(node, ast.Break):
        yield site.replace("break made continue", 0.6, ast.Continue())
        for other in site.names:
            yield site.replace("break made return", 0.25, ast.Return(name(other)))
    elif isinstance(node, ast.Continue):
        yield site.replace("continue made break", 0.6, ast.Break())
    elif isinstance(node, ast.Pass):
        scope = set(site.names)
        for found in site.facts.library.statements.values():
            if found.free and found.free <= scope:
                yield site.replace("statement of the file", 0.36, clone(found.node))
        for other in site.names:
            yield site.replace("returned value", 0.2, ast.Return(name(other)))


def indentation(site: Site) -> Ideas:
    """The last statement of a block moved out of it, the next one moved in."""
    node, block, parent = site.node, block_of(site), site.parent
    index = position_of(site)
    blocks = (ast.For, ast.While, ast.If, ast.With)
    is_jump = isinstance(node, (ast.Break, ast.Continue))
    if index == len(block) - 1 and len(block) > 1 and isinstance(parent, blocks) and not is_jump:
        yield site.idea("dedented", 0.45, Edit("after", parent, (clone(node),)), Edit("delete", node))
    before = block[index - 1] if index > 0 else None
    if isinstance(before, (ast.For, ast.While, ast.If)) and len(block) > 1:
        tails = [before.body[-1]]
        if isinstance(before, ast.If) and before.orelse:
            tails.insert(0, before.orelse[-1])
        for prior, tail in zip((0.45, 0.4), tails):
            yield site.idea("indented", prior, Edit("after", tail, (clone(node),)), Edit("delete", node))


def _assign(target: ast.expr, value: ast.expr) -> ast.Assign:
    return ast.Assign([target], value)
