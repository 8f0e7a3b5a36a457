"""The half that travels is written in the oldest Python that projects may have."""

import ast
from pathlib import Path

import pytest

import eaa.engine.repair.host as host

FILES = sorted(Path(host.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_travelling_code_is_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))

    is_late = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    has_code = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(tree))
    assert is_late or not has_code
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match | ast.TryStar)]
