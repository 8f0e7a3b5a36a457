"""Keeps the modules that building a package made beside its code, where code of any commit finds them.

Version files written by setuptools-scm or hatch-vcs, compiled modules: they are not in the commit, so that a fresh
workspace lacks them. On standard input: the paths that were there before, and the folders that imports start in.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

_FINDER = '''"""Finds modules that are made when a package is built; what the workspace has comes first."""

import importlib.util
import os
import sys

MODULES = %r
FOLDER = os.path.join(sys.prefix, "eaa-generated")


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in MODULES:
            return importlib.util.spec_from_file_location(name, os.path.join(FOLDER, MODULES[name]))
        return None


sys.meta_path.append(Finder)
'''
_SUFFIXES = (".py", ".so")
_SKIPPED = ("build", "dist", "__pycache__", "node_modules")


def main() -> None:
    """Keep what is new and tell the names of its modules."""
    asked: Dict[str, Any] = json.load(sys.stdin)
    modules: Dict[str, str] = {}
    for root in asked["import_roots"]:
        for name, file in _new_modules(Path(root), set(asked["known"])):
            if name not in modules:
                kept = name.replace(".", "/") + "".join(file.suffixes)
                place = Path(sys.prefix, "eaa-generated", kept)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file), str(place))
                modules[name] = kept
    if modules:
        packages = Path(sysconfig.get_paths()["purelib"])
        (packages / "eaa_generated.py").write_text(_FINDER % modules)
        (packages / "eaa_generated.pth").write_text("import eaa_generated\n")
    sys.stdout.write(json.dumps(sorted(modules.values())))


def _new_modules(root: Path, known: Set[str]) -> Iterator[Tuple[str, Path]]:
    for folder, folders, names in os.walk(str(root)):
        folders[:] = [name for name in folders if name.isidentifier() and name not in _SKIPPED]
        for name in names:
            file = Path(folder, name)
            is_new = os.path.normpath(str(file)) not in known and not file.is_symlink()
            if is_new and file.suffix in _SUFFIXES and name.split(".")[0].isidentifier():
                parts: List[str] = [*file.relative_to(root).parts[:-1], name.split(".")[0]]
                if parts[-1] not in ("__init__", "setup", "conftest"):
                    yield ".".join(parts), file


if __name__ == "__main__":
    main()
