"""The real Python toolchain in the real sandbox, with an environment that has pytest and nothing else."""

import shutil
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.toolchains.python.toolchain import PythonToolchain
from eaa.ports.repositories import Repositories
from eaa.ports.workspaces import Workspaces

_PARTS = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


def make_lean_python(folder: Path) -> Path:
    """Return the interpreter of a new environment with pytest alone.

    The environment of these tests holds plugins that every run of pytest would load: seconds of it, each time.
    """
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    packages = folder / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    for name in _PARTS:
        part = distribution(name)
        tops = {str(file).partition("/")[0] for file in part.files or () if not str(file).startswith("..")}
        for top in sorted(tops):
            source = Path(str(part.locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, packages / top, dirs_exist_ok=True)
            elif source.is_file():
                shutil.copy2(source, packages / top)
    return folder / "bin/python"


def lean_toolchain(repositories: Repositories, workspaces: Workspaces, home: Path, python: Path) -> PythonToolchain:
    """Return the toolchain; a project that declares nothing is tested by `python`."""
    return PythonToolchain(
        repositories=repositories,
        workspaces=workspaces,
        sandbox=BubblewrapSandbox(),
        progress=NoProgress(),
        home=home,
        fallback_interpreters=(python,),
    )
