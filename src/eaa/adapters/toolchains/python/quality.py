"""Which formatters, linters and type checkers the project itself is set up to use."""

import re
from collections.abc import Mapping

from eaa.adapters.toolchains.python.manifests import Declared, line_of
from eaa.domain.project import Finding, QualityTool

SETTINGS_FILES = (
    "ruff.toml",
    ".ruff.toml",
    ".flake8",
    ".isort.cfg",
    "mypy.ini",
    ".mypy.ini",
    ".pre-commit-config.yaml",
)
_OWN_FILES = {
    "ruff check": ("ruff.toml", ".ruff.toml"),
    "flake8": (".flake8",),
    "isort": (".isort.cfg",),
    "mypy": ("mypy.ini", ".mypy.ini"),
}
_TABLES = {"ruff check": "ruff", "black": "black", "isort": "isort", "mypy": "mypy"}
_HOOKS = {
    "ruff format": ("ruff-format",),
    "ruff check": ("ruff", "ruff-check"),
    "black": ("black",),
    "isort": ("isort",),
    "flake8": ("flake8",),
    "mypy": ("mypy",),
}


def quality_tools(declared: Declared, files: Mapping[str, bytes]) -> tuple[QualityTool, ...]:
    """Return the tools that files at the top of the repository configure, formatters first."""
    names = ("ruff format", "black", "isort", "ruff check", "flake8", "mypy")
    return tuple(QualityTool(name, found) for name in names if (found := _configured(name, declared, files)))


def _configured(name: str, declared: Declared, files: Mapping[str, bytes]) -> Finding | None:
    tools = declared.tables.get("pyproject.toml", {}).get("tool", {})
    table = _TABLES.get(name)
    if table is not None and isinstance(tools, dict) and table in tools:
        return Finding(name, "pyproject.toml", line_of(files["pyproject.toml"], f"[tool.{table}"))
    if name == "ruff format" and "format" in (tools.get("ruff", {}) if isinstance(tools, dict) else {}):
        return Finding(name, "pyproject.toml", line_of(files["pyproject.toml"], "[tool.ruff.format"))
    for path in _OWN_FILES.get(name, ()):
        if path in files:
            return Finding(name, path, 1)
    for path in ("ruff.toml", ".ruff.toml"):
        if name == "ruff format" and path in files and (line := line_of(files[path], "[format]")):
            return Finding(name, path, line)
    for path in ("setup.cfg", "tox.ini"):
        if name in {"flake8", "isort", "mypy"} and path in files and (line := line_of(files[path], f"[{name}]")):
            return Finding(name, path, line)
    return _hook(name, files)


def _hook(name: str, files: Mapping[str, bytes]) -> Finding | None:
    path = ".pre-commit-config.yaml"
    text = files.get(path, b"").decode(errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        found = re.match(r"\s*-?\s*id:\s*['\"]?([\w-]+)", line)
        if found and found[1] in _HOOKS[name]:
            return Finding(name, path, number)
    return None
