"""Names for tests and their files that a person can read."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from pathlib import PurePosixPath

from eaa.domain.criterion import Criterion, Example
from eaa.domain.project import TestSuite

__test__ = False
NAME_AT_MOST = 60
_FILE_SLUG_AT_MOST = 32


def slug(text: str, limit: int) -> str:
    """Return the words of a text in snake_case, cut between words so that it has at most `limit` characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    name = ""
    for word in words:
        longer = f"{name}_{word}" if name else word[:limit]
        if len(longer) > limit:
            break
        name = longer
    return name


def test_name(criterion: Criterion, example: Example, taken: Collection[str]) -> str:
    """Return a name for an example's test that is not taken: from the criterion's text, else from the expression."""
    words = slug(criterion.text, NAME_AT_MOST - 8) or slug(example.expression, NAME_AT_MOST - 8) or "example"
    name, number = f"test_{words}", 2
    while name in taken:
        name, number = f"test_{words}_{number}", number + 1
    return name


def test_file(module_path: str | None, first: Criterion, suite: TestSuite, known: Collection[str]) -> str:
    """Return the path of a new test file: beside the tests of the module concerned, else where tests are."""
    stem = PurePosixPath(module_path).parent.name if module_path and module_path.endswith("__init__.py") else ""
    stem = stem or (PurePosixPath(module_path).stem if module_path else "")
    words = "_".join(part for part in (stem, slug(first.text, _FILE_SLUG_AT_MOST)) if part) or "request"
    folder = _folder(stem, suite)
    # Two test files of one name confuse pytest's default import mode, wherever they lie.
    names = {PurePosixPath(path).name for path in (*known, *suite.test_paths)}
    pattern = "{}_test.py" if _ends_in_test(suite) else "test_{}.py"
    name, number = pattern.format(words), 2
    while name in names:
        name, number = pattern.format(f"{words}_{number}"), number + 1
    return str(folder / name)


def _folder(stem: str, suite: TestSuite) -> PurePosixPath:
    tests = [PurePosixPath(path) for path in suite.test_paths]
    own = [path.parent for path in tests if stem and path.name in (f"test_{stem}.py", f"{stem}_test.py")]
    if own:
        return own[0]
    root = PurePosixPath(suite.root)
    if any(path.is_relative_to(root / "tests") for path in tests):
        return root / "tests"
    counted = Counter(path.parent for path in tests if path.name != "conftest.py")
    return min(counted, key=lambda folder: (-counted[folder], str(folder)), default=root)


def _ends_in_test(suite: TestSuite) -> bool:
    names = [PurePosixPath(path).name for path in suite.test_paths]
    return any(name.endswith("_test.py") for name in names) and not any(name.startswith("test_") for name in names)
