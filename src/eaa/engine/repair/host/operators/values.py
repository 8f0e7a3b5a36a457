"""Numbers shifted and combined; sequences sliced, indexed, joined, wrapped."""

from __future__ import annotations

import ast
from typing import Iterator, List, Optional, Tuple

from ..guess import SEQUENCES
from ..site import Ideas, Site
from ..tree import binary, call, clone, clone_all, constant, cut, method, name, size, subscript

SliceIdea = Tuple[str, Optional[ast.expr], float]
_NEVER_NUMBERS = (ast.Constant, ast.Compare, ast.BoolOp, ast.Lambda, ast.ListComp, ast.GeneratorExp)


def number_weight(site: Site) -> float:
    """Return how likely a site holds a number, 0 to 1."""
    if not site.is_value or not site.is_used or site.is_condition or site.kinds == {"bool"}:
        return 0.0
    answer = site.facts.fits(site.node, {"int"})
    if answer is False or isinstance(site.node, _NEVER_NUMBERS):
        return 0.0
    return 1.0 if answer else 0.55


def off_by_one(site: Site) -> Ideas:
    """One more, one less, the negative."""
    weight, node = number_weight(site), site.node
    if weight and isinstance(node, ast.expr):
        yield site.replace("off by one", 0.75 * weight, binary(node, ast.Add, constant(1)))
        yield site.replace("off by one", 0.75 * weight, binary(node, ast.Sub, constant(1)))
        yield site.replace("negated", 0.4 * weight, ast.UnaryOp(ast.USub(), clone(node)))


def number_extensions(site: Site) -> Ideas:
    """A number combined with a name, a constant or a part of the function."""
    weight, node, facts = number_weight(site), site.node, site.facts
    if not weight or not isinstance(node, ast.expr):
        return
    for function in ("abs", "int", "round"):
        yield site.replace("wrapped in a function", 0.35 * weight, call(function, node))
    for other in site.names:
        kin = weight * facts.weight({"int", "float"}, facts.types.get(other), 1, 0.5, 0.05)
        for operator, prior in (
            (ast.Add, 0.42),
            (ast.Sub, 0.42),
            (ast.Mult, 0.25),
            (ast.Mod, 0.2),
            (ast.FloorDiv, 0.15),
        ):
            yield site.replace("operand added", prior * kin, binary(node, operator, name(other)))
        yield site.replace("operand added", 0.3 * kin, binary(name(other), ast.Sub, node))
        yield site.replace("bounded", 0.3 * kin, call("max", node, name(other)))
        yield site.replace("bounded", 0.3 * kin, call("min", node, name(other)))
    for value in (0, 1):
        yield site.replace("bounded", 0.25 * weight, call("max", node, constant(value)))
        yield site.replace("bounded", 0.2 * weight, call("min", node, constant(value)))
    pairs = ((ast.Mult, 2, 0.25), (ast.FloorDiv, 2, 0.25), (ast.Div, 2, 0.2), (ast.Mod, 2, 0.15), (ast.Mod, 10, 0.15))
    for scale, value, prior in (*pairs, (ast.Pow, 2, 0.2)):
        yield site.replace("operand added", prior * weight, binary(node, scale, constant(value)))
    for part in facts.components.values():
        if isinstance(part, (ast.Subscript, ast.Call)) and size(part) <= 10:
            kin = weight * facts.weight({"int", "float"}, facts.kinds(part), 1, 0.45, 0.05)
            yield site.replace("operand added", 0.3 * kin, binary(node, ast.Add, part))
            yield site.replace("operand added", 0.3 * kin, binary(node, ast.Sub, part))
            yield site.replace("bounded", 0.3 * kin, call("max", node, part))
            yield site.replace("bounded", 0.3 * kin, call("min", node, part))
            yield site.replace("operand added", 0.32 * kin, binary(node, ast.Mod, part))


def fallbacks(site: Site) -> Ideas:
    """`value or default` where a value is returned or kept."""
    node = site.node
    if not site.is_value or not isinstance(node, ast.expr) or isinstance(node, (ast.Constant, ast.Compare, ast.BoolOp)):
        return
    if not isinstance(site.parent, (ast.Return, ast.Assign, ast.keyword, ast.Yield)) or site.kinds == {"bool"}:
        return
    defaults: List[ast.expr] = [constant(value) for value in (0, 1, "", None)]
    known = [found for found in site.facts.constants.values() if isinstance(found.value, (str, int)) and found.value]
    known += [ast.Constant(value) for value in site.facts.library.constants[:12] if isinstance(value, (str, int))]
    for default in [*defaults, *known]:
        weight = site.facts.weight(site.kinds, site.facts.kinds(default), 1, 0.6, 0.1)
        yield site.replace("fallback added", 0.34 * weight, ast.BoolOp(ast.Or(), [clone(node), clone(default)]))
    for other in site.facts.parameters:
        if other != "self":
            yield site.replace("fallback added", 0.22, ast.BoolOp(ast.Or(), [clone(node), name(other)]))


def slices(site: Site) -> Ideas:
    """Bounds of an existing slice or index."""
    node = site.node
    if not isinstance(node, ast.Subscript):
        return
    bounds = node.slice
    if not isinstance(bounds, ast.Slice):
        if not isinstance(bounds, ast.Tuple):
            weight = site.facts.weight(site.facts.kinds(bounds), {"int"}, 1, 0.8, 0.1)
            for operator in (ast.Add, ast.Sub):
                moved = ast.Subscript(clone(node.value), binary(bounds, operator, constant(1)), node.ctx)
                yield site.replace("index moved", 0.65 * weight, moved)
        if site.is_read:
            yield site.replace("index dropped", 0.4, clone(node.value))
        return
    for bound, value, prior in _bounds(bounds, site):
        changed = clone(bounds)
        setattr(changed, bound, None if value is None else clone(value))
        yield site.replace("slice bound", prior, ast.Subscript(clone(node.value), changed, node.ctx))
    if site.is_read:
        yield site.replace("slice dropped", 0.5, clone(node.value))
    if (bounds.lower is None) != (bounds.upper is None):
        turned = cut(bounds.upper, bounds.lower, bounds.step)
        yield site.replace("slice turned around", 0.5, ast.Subscript(clone(node.value), turned, node.ctx))


def _bounds(bounds: ast.Slice, site: Site) -> Iterator[SliceIdea]:
    for bound in ("lower", "upper", "step"):
        old = getattr(bounds, bound)
        if old is not None:
            yield bound, None, 0.5
            yield bound, binary(old, ast.Add, constant(1)), 0.7
            yield bound, binary(old, ast.Sub, constant(1)), 0.7
        else:
            yield bound, constant(1), 0.5
            yield bound, constant(-1), 0.3 if bound == "lower" else 0.6
            yield bound, constant(2), 0.2
        for other in site.names:
            weight = site.facts.weight({"int"}, site.facts.types.get(other))
            yield bound, name(other), (0.3 if old is None else 0.4) * weight
            if site.kinds_of(other) & SEQUENCES and bound != "step":
                yield bound, call("len", name(other)), 0.3
    for part in site.facts.components.values():
        if isinstance(part, (ast.Attribute, ast.Call)) and size(part) < 8:
            yield "lower", part, 0.25
            yield "upper", part, 0.25


def sequences(site: Site) -> Ideas:
    """A sequence cut, indexed, joined to another, or wrapped."""
    node, facts = site.node, site.facts
    answer = facts.fits(node, SEQUENCES)
    if not site.is_value or answer is False or not isinstance(node, ast.expr):
        return
    if isinstance(node, (ast.Constant, ast.Compare, ast.BoolOp)) or (site.field == "slice" and not answer):
        return
    weight = 1.0 if answer else 0.5
    one, last = constant(1), constant(-1)
    for bounds, prior in (
        (cut(one, None), 0.4), (cut(one, last), 0.3), (cut(None, last), 0.4), (cut(None, None, last), 0.4),
        (cut(constant(2), None), 0.15),
    ):  # fmt: skip
        yield site.replace("slice added", prior * weight, subscript(node, bounds))
    yield site.replace("index added", 0.3 * weight, subscript(node, constant(0)))
    yield site.replace("index added", 0.3 * weight, subscript(node, last))
    for other in site.names:
        kin = weight * facts.weight({"int"}, facts.types.get(other), 1, 0.4, 0.04)
        yield site.replace("slice added", 0.38 * kin, subscript(node, cut(name(other), None)))
        yield site.replace("slice added", 0.38 * kin, subscript(node, cut(None, name(other))))
        yield site.replace("index added", 0.3 * kin, subscript(node, name(other)))
        yield from _joined(site, node, other, weight)
    for part in facts.components.values():
        if isinstance(part, (ast.Attribute, ast.Call)) and size(part) < 8:
            yield site.replace("slice added", 0.2 * weight, subscript(node, cut(None, part)))
            yield site.replace("slice added", 0.2 * weight, subscript(node, cut(part, None)))
    wrappers = (("len", 0.35), ("sorted", 0.35), ("set", 0.35), ("list", 0.35), ("tuple", 0.25), ("reversed", 0.3))
    for function, prior in (*wrappers, ("enumerate", 0.2), ("sum", 0.2), ("str", 0.2)):
        yield site.replace("wrapped in a function", prior * weight, call(function, node))


def _joined(site: Site, node: ast.expr, other: str, weight: float) -> Ideas:
    kin = weight * site.facts.weight(site.kinds, site.facts.types.get(other), 1, 0.5, 0.04)
    yield site.replace("sequence joined", 0.4 * kin, binary(node, ast.Add, name(other)))
    yield site.replace("sequence joined", 0.4 * kin, binary(name(other), ast.Add, node))
    if not isinstance(node, ast.Name) or node.id != other:
        listed = ast.List([name(other)], ast.Load())
        yield site.replace("sequence joined", 0.25 * weight, binary(node, ast.Add, listed))
        yield site.replace("sequence joined", 0.25 * weight, binary(listed, ast.Add, node))


def own_attributes(site: Site) -> Ideas:
    """A sequence cut by an attribute of `self`."""
    node, attributes = site.node, site.facts.library.data_attributes
    is_sequence = site.is_value and isinstance(node, ast.expr) and site.facts.fits(node, SEQUENCES) is not False
    if not is_sequence or "self" not in site.names or len(attributes) >= 60:
        return
    if isinstance(node, ast.expr) and not isinstance(node, (ast.Constant, ast.Compare, ast.BoolOp)):
        for attribute in sorted(attributes):
            bound = ast.Attribute(name("self"), attribute, ast.Load())
            yield site.replace("slice added", 0.15, subscript(node, cut(None, bound)))


def methods(site: Site) -> Ideas:
    """The result of a common method in place of a text or a dictionary."""
    node = site.node
    if not isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)) or not site.is_value:
        return
    if site.kinds == {"str"} and not site.is_condition:
        for function in ("int", "float"):
            yield site.replace("converted", 0.35, call(function, node))
    if site.kinds == {"int"} and not site.is_condition:
        yield site.replace("converted", 0.3, call("str", node))
    if site.kinds and "str" in site.kinds:
        for attribute, prior in (
            ("lower", 0.34),
            ("strip", 0.32),
            ("upper", 0.3),
            ("isdigit", 0.25),
            ("isalpha", 0.25),
        ):
            yield site.replace("method added", prior, method(node, attribute))
    if site.kinds is None or "dict" in site.kinds:
        for attribute in ("items", "values", "keys", "copy"):
            yield site.replace("method added", 0.2, method(node, attribute))


def elements(site: Site) -> Ideas:
    """Displays: wrapped, unwrapped, elements dropped or swapped."""
    node = site.node
    if not site.is_value:
        return
    if isinstance(node, (ast.List, ast.Constant, ast.Name, ast.Tuple)):
        yield site.replace("wrapped in a list", 0.35, ast.List([clone(node)], ast.Load()))
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return
    if len(node.elts) == 1:
        yield site.replace("unwrapped", 0.4, clone(node.elts[0]))
        return
    for index in range(len(node.elts)):
        fewer = clone(node)
        del fewer.elts[index]
        yield site.replace("element dropped", 0.3, fewer)
        for other in range(index + 1, len(node.elts)):
            swapped = clone(node)
            swapped.elts[index], swapped.elts[other] = swapped.elts[other], swapped.elts[index]
            yield site.replace("elements swapped", 0.55, swapped)


def comprehension_filters(site: Site) -> Ideas:
    """Filters of comprehensions dropped; a generator of pairs, of the source itself."""
    node = site.node
    if not isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return
    for position, generator in enumerate(node.generators):
        for index in range(len(generator.ifs)):
            changed = clone(node)
            filters = changed.generators[position].ifs
            changed.generators[position].ifs = clone_all(filters[:index] + filters[index + 1 :])
            yield site.replace("filter dropped", 0.4, changed)
    yield site.replace("comprehension dropped", 0.2, call("list", node.generators[0].iter))
