"""Candidates in order of promise, made only when their turn comes."""

from __future__ import annotations

import ast
import heapq
import itertools
from typing import Callable, Dict, Hashable, Iterable, Iterator, List, Set, Tuple, Union

from .facts import Facts
from .localise import Suspicion
from .normalise import canonical, plainness, tidy
from .operators.families import FOR_EXPRESSIONS, FOR_STATEMENTS, Entry
from .site import Family, Ideas, Later, Site
from .source import Candidate, block_key, is_of_statements, statement_key
from .tree import Functions, clone, is_text, key

_UNTOUCHED = (*Functions, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)
_HASTE = 1.6
_ENDING = frozenset({"statement added", "break added", "statement repeated", "statement moved", "indented", "dedented"})
_Waiting = Tuple[float, int, Union[Candidate, Later]]


class Queue:
    """An endless-looking, best-first stream of candidates without repetitions."""

    def __init__(self, suspicion: Suspicion, *, is_endless: bool = False) -> None:
        """Order by suspicion; when failing tests do not end, statements that could end a loop come sooner."""
        self.suspicion = suspicion
        self._haste = _HASTE if is_endless else 1.0
        self._heap: List[_Waiting] = []
        self._order = itertools.count()
        self._seen: Set[Hashable] = set()
        self._statement_keys: Dict[int, Hashable] = {}
        self.units: List[Facts] = []
        """What takes part, for whoever thinks further about it."""

    def add_node(self, node: ast.AST, facts: Facts) -> None:
        """Let candidates for one expression or statement take part."""
        entries: List[Entry] = []
        if isinstance(node, ast.expr):
            is_lone = isinstance(node, (ast.JoinedStr, ast.Slice)) or not facts.is_code(node)
            entries = [] if is_lone else FOR_EXPRESSIONS
        elif isinstance(node, ast.stmt) and not isinstance(node, _UNTOUCHED) and not is_text(node):
            is_in_block = isinstance(getattr(facts.file.parents[node][0], facts.file.parents[node][1]), list)
            entries = (
                FOR_STATEMENTS if is_in_block and (node is not facts.unit.node or not facts.unit.is_function) else []
            )
        if entries and isinstance(node, (ast.expr, ast.stmt)):
            site = Site(node, facts)
            for best, family in entries:
                self._expand([Later(best, _bound(family, site), node, facts.unit)])

    def _push(self, priority: float, item: Union[Candidate, Later]) -> None:
        heapq.heappush(self._heap, (-priority, next(self._order), item))

    def __iter__(self) -> Iterator[Candidate]:
        while self._heap:
            _, _, item = heapq.heappop(self._heap)
            if isinstance(item, Later):
                self._expand(item.family())
            elif item.normal is not None or self._settle(item):
                yield item

    def _expand(self, ideas: Iterable[Union[Candidate, Later]]) -> None:
        for idea in ideas:
            if isinstance(idea, Later):
                haste = self._haste if isinstance(idea.anchor, ast.stmt) else 1.0
                self._push(idea.best * haste * self.suspicion.weight(idea.unit.file.path, idea.anchor), idea)
                continue
            haste = self._haste if idea.operator in _ENDING else 1.0
            idea.priority = idea.prior * haste * self.suspicion.weight(idea.unit.file.path, idea.anchor)
            self._push(idea.priority, idea)

    def _settle(self, candidate: Candidate) -> bool:
        """Bring a candidate into its plain form; return whether it is a new one that deserves its place."""
        olds = [edit.node for edit in candidate.edits if edit.kind == "replace"]
        for edit in candidate.edits:
            edit.new = tuple(tidy(new) for new in edit.new)
        file = candidate.unit.file
        identify = self._block_key if is_of_statements(candidate) else statement_key
        before = identify(candidate)
        with file.applied(candidate.edits):
            after = identify(candidate)
        if after == before or after in self._seen:
            return False
        self._seen.add(after)
        candidate.normal = after
        for edit, old in zip((edit for edit in candidate.edits if edit.kind == "replace"), olds):
            candidate.priority *= min([1.0] + [plainness(new, old) for new in edit.new])
        return True

    def _block_key(self, candidate: Candidate) -> Hashable:
        return block_key(candidate, self._statement_keys)


def _bound(family: Family, site: Site) -> Callable[[], Ideas]:
    return lambda: family(site)


def canonical_key(candidate: Candidate) -> Hashable:
    """Return a key that candidates of the same plain meaning share."""
    with candidate.unit.file.applied(candidate.edits):
        return key(canonical(clone(candidate.unit.node)))
