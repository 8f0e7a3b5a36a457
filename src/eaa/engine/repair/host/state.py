"""Mutable state of the project's modules, put back between candidates that share a process."""

from __future__ import annotations

import copy
import functools
import gc
import os
import sys
from types import FunctionType, ModuleType
from typing import Any, List, Set, Tuple

_PLAIN = (list, dict, set)
_MOST_ITEMS = 2_000


class State:
    """Containers in module globals, class attributes and parameter defaults, and memo tables of `lru_cache`."""

    def __init__(self, paths: Set[str]) -> None:
        self._saved: List[Tuple[Any, Any]] = []
        self._caches: List[Any] = []
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if path and os.path.realpath(path) in paths:
                self._take_namespace(module)
        cache_type = type(functools.lru_cache(maxsize=None)(lambda: None))
        self._caches = [found for found in gc.get_objects() if isinstance(found, cache_type) and _is_ours(found, paths)]

    def _take_namespace(self, owner: Any) -> None:
        for name, value in list(vars(owner).items()):
            if name.startswith("__"):
                continue
            if isinstance(value, _PLAIN):
                self._take(value)
            elif isinstance(value, type) and isinstance(owner, ModuleType) and value.__module__ == owner.__name__:
                self._take_namespace(value)
            elif isinstance(value, FunctionType):
                for default in [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]:
                    if isinstance(default, _PLAIN):
                        self._take(default)

    def _take(self, container: Any) -> None:
        if len(container) <= _MOST_ITEMS:
            try:
                self._saved.append((container, copy.deepcopy(container)))
            except Exception:
                return

    def restore(self) -> None:
        """Put everything back as it was when this was made."""
        for cache in self._caches:
            cache.cache_clear()
        for container, saved in self._saved:
            try:
                is_same = container == saved
            except Exception:
                continue
            if not is_same:
                fresh = copy.deepcopy(saved)
                container.clear()
                container.extend(fresh) if isinstance(container, list) else container.update(fresh)


def _is_ours(cached: Any, paths: Set[str]) -> bool:
    code = getattr(getattr(cached, "__wrapped__", None), "__code__", None)
    return code is not None and os.path.realpath(code.co_filename) in paths
