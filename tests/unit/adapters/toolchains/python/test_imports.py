"""Imports, with relative ones resolved."""

import pytest

from eaa.adapters.toolchains.python.imports import imports_of


def test_every_import_is_listed_in_order() -> None:
    source = b"import a.b as c, d\nfrom e.f import g as h, i\n\ndef late():\n    from j import *\n"

    found = [(found.line, found.module, found.names) for found in imports_of("m.py", source)]

    assert found == [(1, "a.b", ()), (1, "d", ()), (2, "e.f", ("g", "i")), (5, "j", ("*",))]


@pytest.mark.parametrize(
    ("path", "text", "module"),
    [
        ("pkg/sub/mod.py", "from .other import x", "pkg.sub.other"),
        ("src/pkg/sub/mod.py", "from ..other import x", "pkg.other"),
        ("src/pkg/__init__.py", "from . import x", "pkg"),
        ("src/pkg/__init__.py", "from .sub import x", "pkg.sub"),
        ("mod.py", "from ...far import x", "far"),
    ],
)
def test_relative_imports_are_resolved_by_the_path(path: str, text: str, module: str) -> None:
    assert [found.module for found in imports_of(path, text.encode())] == [module]


def test_broken_source_imports_nothing() -> None:
    assert imports_of("m.py", b"import (") == ()
