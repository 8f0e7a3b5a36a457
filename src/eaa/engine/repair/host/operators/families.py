"""The families of ideas with the best prior each can reach, so that they are asked only when their turn comes."""

from __future__ import annotations

from typing import List, NamedTuple

from ..site import Family
from . import basic, calls, conditions, insertions, literals, statements, values


class Entry(NamedTuple):
    """A family and the highest prior it yields."""

    best: float
    family: Family


FOR_EXPRESSIONS: List[Entry] = [
    Entry(1.0, basic.comparisons),
    Entry(0.85, basic.arithmetic),
    Entry(0.85, basic.connectives),
    Entry(0.8, basic.constants),
    Entry(0.8, basic.variables),
    Entry(0.8, calls.siblings),
    Entry(0.75, calls.arguments),
    Entry(0.75, values.off_by_one),
    Entry(0.75, conditions.negations),
    Entry(0.7, values.slices),
    Entry(0.7, calls.attributes),
    Entry(0.6, calls.yields),
    Entry(0.55, values.elements),
    Entry(0.5, calls.keywords),
    Entry(0.5, calls.exchanges),
    Entry(0.5, literals.missing_elements),
    Entry(0.5, literals.characters),
    Entry(0.45, calls.sort_keys),
    Entry(0.46, basic.parts),
    Entry(0.42, values.number_extensions),
    Entry(0.4, literals.mixed_up_numbers),
    Entry(0.4, literals.formats),
    Entry(0.42, conditions.extensions),
    Entry(0.4, calls.recursion),
    Entry(0.4, values.sequences),
    Entry(0.4, values.comprehension_filters),
    Entry(0.3, basic.file_parts),
    Entry(0.3, conditions.filters),
    Entry(0.35, values.methods),
    Entry(0.34, values.fallbacks),
    Entry(0.15, values.own_attributes),
]
FOR_STATEMENTS: List[Entry] = [
    Entry(0.8, statements.assignments),
    Entry(0.6, statements.jumps),
    Entry(0.5, statements.branches),
    Entry(0.45, statements.returns),
    Entry(0.45, statements.targets),
    Entry(0.45, statements.indentation),
    Entry(0.4, statements.removals),
    Entry(0.38, insertions.additions),
    Entry(0.38, insertions.other_branches),
    Entry(0.36, insertions.copied),
    Entry(0.36, insertions.known_guards),
    Entry(0.34, insertions.guards),
    Entry(0.34, insertions.upkeep),
    Entry(0.33, insertions.fields),
    Entry(0.3, insertions.wrappings),
    Entry(0.28, insertions.fillings),
]
