"""What integration tests share."""

from pathlib import Path

import pytest

from tests.support.python_toolchain import make_lean_python


@pytest.fixture(scope="session")
def lean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with pytest and nothing else."""
    return make_lean_python(tmp_path_factory.mktemp("lean") / "environment")
