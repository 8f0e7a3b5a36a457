"""Requirement strings: reading requirements files, and Poetry's way of writing versions."""

import re
from collections.abc import Iterable, Mapping

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_SELF = re.compile(r"\s*[A-Za-z0-9._-]+\s*\[([^\]]*)\]")
_ONLY_CHECKS = frozenset(
    (
        "bandit", "black", "build", "codecov", "coveralls", "flake8", "isort", "mypy", "nox", "pre-commit",
        "pycodestyle", "pyflakes", "pylint", "pyright", "ruff", "tox", "twine", "wheel",
    )
)  # fmt: skip
_KEPT_OUT = {
    "coverage": "coverage",
    "pytest-cov": "pytest_cov",
    "pytest-random-order": "random_order",
    "pytest-randomly": "pytest_randomly",
    "pytest-rerunfailures": "pytest_rerunfailures",
    "pytest-reverse": "pytest_reverse",
    "pytest-xdist": "xdist",
}
"""Requirements whose plugins never load in our runs (`REFUSED_PLUGINS`), and the module of each."""


def requirement_name(requirement: str) -> str | None:
    """Return the normalised name of a requirement such as `Foo_Bar>=1`, or None when it has none."""
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else None


def requirement_extras(requirement: str) -> tuple[str, ...]:
    """Return the extras in brackets, as written."""
    found = _SELF.match(requirement)
    return tuple(extra.strip() for extra in found[1].split(",") if extra.strip()) if found else ()


def needed_for_tests(
    requirements: Iterable[str], *, code: Iterable[bytes], settings: Iterable[bytes]
) -> tuple[str, ...]:
    """Return the requirements of tests without tools that only check style, types, coverage or packaging.

    Args:
        requirements: As they are declared for tests, not those of the code itself.
        code: Tests and their `conftest.py` files. What they import or name is needed, whatever it is for.
        settings: Files that may configure pytest; so are plugins that they name.
    """
    written, configured = b"\n".join(code), b"\n".join(settings)
    kept_out = {
        name
        for name, module in _KEPT_OUT.items()
        if not _is_named(module.encode(), written) and not _is_configured(module.encode(), configured)
    }
    return tuple(text for text in requirements if requirement_name(text) not in kept_out | _ONLY_CHECKS)


def _is_named(module: bytes, code: bytes) -> bool:
    return re.search(rb"(?:\bimport\s+|\bfrom\s+|[\"'])" + module + rb"\b(?!-)", code) is not None


def _is_configured(module: bytes, settings: bytes) -> bool:
    return re.search(rb"(?:-p[ =\"',]*|::)" + module + rb"\b", settings) is not None


def requirements_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the requirements of a requirements file, and the other files that it includes, both as written."""
    found: list[str] = []
    included: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        words = re.sub(r"(^|\s)#.*$", "", line).strip()
        if include := re.match(r"(?:-r|--requirement)[ =]?\s*(\S+)", words):
            included.append(include[1])
        elif words and not words.startswith("-") and re.match(r"[A-Za-z0-9]", words) and "://" not in words[:10]:
            found.append(re.sub(r"\s+--\w.*$", "", words))
    return tuple(found), tuple(included)


def constraints_in(text: str) -> tuple[str, ...]:
    """Return the constraints files that a requirements file names, as written."""
    return tuple(re.findall(r"^\s*(?:-c|--constraint)[ =]?\s*(\S+)", text, re.MULTILINE))


def poetry_requirements(table: Mapping[str, object]) -> tuple[str, ...]:
    """Return Poetry's dependency table as requirement strings; Python itself and optional packages are left out."""
    return tuple(
        found for name, value in table.items() if name != "python" and (found := _poetry_requirement(name, value))
    )


def _poetry_requirement(name: str, value: object) -> str | None:
    if isinstance(value, dict):
        if value.get("optional") is True or "path" in value or "git" in value or "url" in value:
            return None
        value = value.get("version", "*")
    return name + poetry_specifier(value) if isinstance(value, str) else name


def poetry_specifier(version: str) -> str:
    """Return a version such as `^1.2` or `~1.2` the way PEP 440 writes it; empty for any version."""
    if "||" in version:
        return ""
    return ",".join(part for one in version.split(",") if (part := _poetry_part(one.strip())))


def _poetry_part(version: str) -> str:
    if version in {"*", ""}:
        return ""
    if version[0] in "<>=!" or version.startswith("~="):
        return version
    if version[0] not in "^~":
        return f"=={version}"
    bare = version[1:].strip()
    numbers = [int(number) for number in re.findall(r"\d+", bare)] or [0]
    position = min(1, len(numbers) - 1) if version[0] == "~" else _first_that_counts(numbers)
    upper = [*numbers[:position], numbers[position] + 1]
    return f">={bare},<{'.'.join(map(str, upper))}"


def _first_that_counts(numbers: list[int]) -> int:
    return next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
