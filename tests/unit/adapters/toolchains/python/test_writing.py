"""Examples become tests: where they lie, what they import, and that they really run."""

import subprocess
import sys
from pathlib import Path

import pytest

from eaa.adapters.toolchains.python.writing import write_tests
from eaa.domain.criterion import Criterion, Example
from eaa.domain.ids import CriterionId
from eaa.domain.project import Finding, Project, TestSuite

FILES = {
    "src/textkit/__init__.py": b'from textkit.slug import slugify\n\n__all__ = ["slugify"]\n',
    "src/textkit/slug.py": b"""\
class Refused(Exception):
    pass

def slugify(text):
    if not text:
        raise Refused(text)
    return text.lower().replace(" ", "-")

def half(number):
    return number / 10
""",
    "tests/unit/test_slug.py": b"from textkit.slug import slugify as make\n\ndef test_a():\n    assert make('a')\n",
}


def suite(framework: str = "pytest", root: str = ".") -> TestSuite:
    return TestSuite(
        root=root,
        framework=framework,
        command=Finding(value=framework, path="pyproject.toml"),
        test_paths=("tests/unit/test_slug.py",),
        import_roots=("src",),
    )


def project(of: TestSuite) -> Project:
    return Project(
        language="python",
        language_requirement=None,
        package_manager=None,
        runners=(),
        manifests=(),
        lock_files=(),
        dependencies=(),
        suites=(of,),
        source_paths=("src/textkit/__init__.py", "src/textkit/slug.py"),
        quality_tools=(),
    )


def criterion(*examples: Example, text: str = "It works") -> Criterion:
    return Criterion(id=CriterionId("c1"), text=text, source=text, examples=examples)


def written(*examples: Example, framework: str = "pytest", text: str = "It works") -> str:
    of = suite(framework)
    changes, _ = write_tests([criterion(*examples, text=text)], project(of), of, FILES)
    content = changes[0].content
    assert content is not None
    return content.decode()


def outcome(folder: Path, *examples: Example, framework: str = "pytest", text: str = "It works") -> str:
    """Run the tests written for examples in a folder with the project, and return what the framework says."""
    of = suite(framework)
    changes, names = write_tests([criterion(*examples, text=text)], project(of), of, FILES)
    for path, content in {**FILES, changes[0].path: changes[0].content or b""}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    ids = [test for _, tests in names for test in tests]
    extra = ["-q", "-p", "no:cacheprovider", "-c", "none.ini"] if framework == "pytest" else []
    (folder / "none.ini").write_text("[pytest]\n")
    ran = subprocess.run(
        [sys.executable, "-m", framework, *extra, *ids],
        cwd=folder,
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.stdout + ran.stderr


def test_a_package_offers_the_name_and_the_file_lies_beside_the_modules_tests() -> None:
    of = suite()
    asked = criterion(Example('slugify("A b")', '"a-b"'), text="Blanks become hyphens.")

    changes, names = write_tests([asked], project(of), of, FILES)

    assert [change.path for change in changes] == ["tests/unit/test_slug_blanks_become_hyphens.py"]
    assert changes[0].content == (
        b'"""Examples from the request."""\n\nfrom textkit import slugify\n\n\n'
        b'def test_blanks_become_hyphens():\n    assert slugify("A b") == "a-b"\n'
    )
    assert names == (
        (CriterionId("c1"), ("tests/unit/test_slug_blanks_become_hyphens.py::test_blanks_become_hyphens",)),
    )


def test_the_canary_needs_no_files() -> None:
    of = suite()
    changes, names = write_tests([criterion(Example("1 + 1", "3"))], project(of), of, {})

    assert b"assert 1 + 1 == 3" in (changes[0].content or b"")
    assert len(names[0][1]) == 1


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
def test_every_form_runs_green(tmp_path: Path, framework: str) -> None:
    said = outcome(
        tmp_path,
        Example('slugify("A b")', "'a-b'"),
        Example('slugify("")', raises="Refused"),
        Example("half(3)", "0.3"),
        Example("slugify(text)", setup=("text = 'x'",)),
        Example("textkit.slug.slugify('A')", "'a'"),
        Example("slug.slugify('A')", "a"),
        Example("None", "None"),
        Example("math.sqrt(4) == 2", "True"),
        Example("Decimal(1)", "Decimal('1')"),
        Example("make('B')", "'b'"),
        framework=framework,
    )
    assert ("10 passed" if framework == "pytest" else "Ran 10 tests") in said
    assert framework == "pytest" or said.rstrip().endswith("OK")


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
def test_every_broken_promise_is_a_failed_assertion(tmp_path: Path, framework: str) -> None:
    said = outcome(
        tmp_path,
        Example('slugify("A b")', "'b'"),
        Example('slugify("a")', raises="Refused"),
        Example("half(3)", "0.30001"),
        Example("slugify('')"),
        Example("half(1)", "<text>"),
        framework=framework,
    )
    assert ("5 failed" if framework == "pytest" else "FAILED (failures=5)") in said


def test_a_cent_in_a_million_is_noticed(tmp_path: Path) -> None:
    assert "1 failed" in outcome(tmp_path, Example("1234567.88", "1234567.89"))


def test_what_does_not_exist_yet_breaks_only_its_own_test(tmp_path: Path) -> None:
    said = outcome(
        tmp_path, Example("slugify('A')", "'a'"), Example("shorten('abc')", "'a'"), text="textkit.slug gets shorten"
    )
    assert "1 failed, 1 passed" in said
    assert "from textkit.slug import shorten" in said


def test_what_is_no_expression_is_left_out() -> None:
    of = suite()
    examples = (Example("x = 1", "1"), Example("await f()", "1"), Example("f(", "1"))

    assert write_tests([criterion(*examples)], project(of), of, FILES) == ((), ())


def test_a_name_that_nothing_defines_is_no_failed_assertion(tmp_path: Path) -> None:
    assert "NameError" in outcome(tmp_path, Example("nothing_like_it + 1"))
    assert "pytest.fail" not in written(Example("nothing_like_it + 1"))


def test_setup_keeps_its_meaning(tmp_path: Path) -> None:
    said = outcome(
        tmp_path,
        Example("len(text)", "3", setup=('text = """a\n\nb"""[:3]',)),
        Example("half(20)", "2.0", setup=("from textkit.slug import *",)),
        Example("shout('a')", "'A'", setup=("def shout(text):\n    return text.upper()",)),
    )
    assert "3 passed" in said


def test_texts_cannot_break_out_of_the_file() -> None:
    text = '"""\nimport os\nos.remove("x") """ ' + "\\" * 3
    source = written(Example("slugify('a')", '"""\n<x>'), text=text)

    compile(source, "test", "exec")
    assert "\nos.remove" not in source


def test_names_are_unique_short_and_steady() -> None:
    long = "word " * 40
    source = written(Example("1", "1"), Example("2", "2"), text=long)
    names = [line[4:].partition("(")[0] for line in source.splitlines() if line.startswith("def ")]

    assert len(set(names)) == 2
    assert all(len(name) <= 60 for name in names)
    assert source == written(Example("1", "1"), Example("2", "2"), text=long)


def test_a_nested_suite_names_its_tests_from_its_root() -> None:
    of = TestSuite(
        root="app",
        framework="unittest",
        command=Finding(value="unittest", path="setup.py"),
        test_paths=("app/tests/test_a.py",),
        import_roots=("app",),
    )
    changes, names = write_tests([criterion(Example("1", "1"))], project(of), of, {})

    assert changes[0].path == "app/tests/test_it_works.py"
    assert names[0][1] == ("tests.test_it_works.TestExamples.test_it_works",)
